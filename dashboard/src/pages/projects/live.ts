/** How often the live pages ask, in milliseconds: a flush is on the screen within two seconds. */
export const LIVE_MS = 1500
