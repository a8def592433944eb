import { fileURLToPath } from 'node:url';

/** Where the cookies of the signed-in person are kept for all journeys. */
export const signedIn = fileURLToPath(new URL('../test-results/signed-in.json', import.meta.url));
/** The folder in which the server of the journeys may keep mirrors. */
export const mirrors = fileURLToPath(new URL('../test-results/mirrors', import.meta.url));
