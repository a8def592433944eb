/** The pages of the navigation, with the keys that lead there. */
export const destinations = [
  { to: '/', title: 'Home', keys: 'g h', group: 'work' },
  { to: '/library', title: 'Library', keys: 'g l', group: 'work' },
  { to: '/catalogue', title: 'Catalogue', keys: 'g k', group: 'work' },
  { to: '/drafts', title: 'Drafts', keys: 'g d', group: 'work' },
  { to: '/reviews', title: 'Reviews', keys: 'g c', group: 'work' },
  { to: '/workflows', title: 'Workflows', keys: 'g w', group: 'work' },
  { to: '/map', title: 'Map', keys: 'g m', group: 'work' },
  { to: '/releases', title: 'Releases', keys: 'g r', group: 'work' },
  { to: '/live', title: 'Live', keys: 'g v', group: 'work' },
  { to: '/regressions', title: 'Regressions', keys: 'g e', group: 'work' },
  { to: '/journeys', title: 'Journeys', keys: 'g j', group: 'work' },
  { to: '/ledger', title: 'Ledger', keys: 'g b', group: 'work' },
  { to: '/incidents', title: 'Incidents', keys: 'g i', group: 'work' },
  { to: '/activity', title: 'Activity', keys: 'g a', group: 'work' },
  { to: '/people', title: 'People', keys: 'g p', group: 'house' },
  { to: '/settings', title: 'Settings', keys: 'g s', group: 'house' },
] as const;
