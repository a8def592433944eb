/** How times are written elsewhere, with what they look like. */
export const TIME_FORMATS = [
  { value: 'rfc3339', label: '2026-11-19T08:15:00Z' },
  { value: 'local', label: '2026-11-19 08:15 (in the zone below)' },
  { value: 'epoch-s', label: 'Seconds since 1970' },
  { value: 'epoch-ms', label: 'Milliseconds since 1970' },
  { value: 'epoch-us', label: 'Microseconds since 1970' },
  { value: '%d.%m.%Y %H:%M', label: '19.11.2026 08:15' },
  { value: '%d.%m.%Y', label: '19.11.2026' },
  { value: '%m/%d/%Y %H:%M', label: '11/19/2026 08:15' },
  { value: '%m/%d/%Y', label: '11/19/2026' },
];
