/** What makes two machines one service: decides who is active, moves the floating IP, starts and stops the daemons. */
export interface Pair {
  /** As it is called in the table. */
  readonly name: string;
  /** Takes the machines over from whoever had them; resolves when one of them is active and the other ready. */
  begin(): Promise<void>;
  /** A planned switchover, as an operator of this software does it; resolves when the order was given. */
  handOver(active: string): Promise<void>;
  /** Waits until exactly one node serves and the other could; answers the active one. */
  settled(): Promise<string>;
}
