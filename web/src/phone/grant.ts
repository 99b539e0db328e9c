/** What the phone registers with, as the service gives it for a seat. */
export interface Grant {
  readonly uri: string;
  /** WebSockets at which it registers: at each of them. */
  readonly ws_urls: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly expires_at: string;
}
