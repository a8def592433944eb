/** Our few line icons on a 16 grid. Always beside a word, so hidden from assistive technology. */

const paths = {
  check: 'M3.5 8.500l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  dot: 'M8 5.500a2.5 2.5 0 100 5 2.5 2.5 0 000-5z',
  ring: 'M8 3.500a4.5 4.5 0 100 9 4.5 4.5 0 000-9z',
  pause: 'M5.5 3.500v9M10.5 3.500v9',
  play: 'M5 3.500l7 4.5-7 4.500z',
  back: 'M6 4L2.5 7.5 6 11M3 7.500h6.500a3.5 3.5 0 010 7H8',
  search: 'M7 2.500a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.5 10.500L14 14',
  menu: 'M2.5 4.500h11M2.5 8h11M2.5 11.500h11',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.500v1.500M8 13v1.500M1.5 8H3M13 8h1.500M3.4 3.400l1.1 1.100M11.5 11.500l1.1 1.100M3.4 12.600l1.1-1.100M11.5 4.500l1.1-1.1',
  moon: 'M13 9.500A5.5 5.5 0 016.5 3a5.5 5.5 0 106.5 6.500z',
  auto: 'M8 2.500a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 2.500v11',
  right: 'M6 3.500L10.5 8 6 12.5',
  down: 'M3.5 6L8 10.5 12.5 6',
  warning: 'M8 2.500l6 11H2zM8 6.500v3.500M8 12v.1',
  folder: 'M2 4.500h4l1.5 2H14v6.500H2z',
  plus: 'M8 3v10M3 8h10',
  copy: 'M5.5 5.500h8v8h-8zM3 10.500V2.500h8',
  download: 'M8 2.500v8M4.5 7.500L8 11l3.5-3.500M3 13.500h10',
  clock: 'M8 2.500a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM8 5v3.200l2 1.3',
  edit: 'M3 13l.6-2.600L10.5 3.500l2 2L5.6 12.400z',
  shield: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z',
  bolt: 'M9 2L4 9h3.500L7 14l5-7H8.500z',
  person: 'M8 3a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM3.5 13.500c.5-2.5 2.3-3.5 4.5-3.500s4 1 4.5 3.5',
  up: 'M8 13V3.500M4.5 7L8 3.5 11.5 7',
  lower: 'M8 3v9.500M4.5 9L8 12.5 11.5 9',
  equal: 'M4 6.500h8M4 9.500h8',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={name === 'dot' || name === 'play' ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
