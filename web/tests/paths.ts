import { fileURLToPath } from 'node:url';

/** Where the cookies of the signed-in person are kept for all journeys. */
export const signedIn = fileURLToPath(new URL('../test-results/signed-in.json', import.meta.url));
