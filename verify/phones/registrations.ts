/** Phones that register one after the other while a fault strikes; a tenth of them have done so by then. */
export interface Registrations {
  readonly users: number;
  readonly perSecond: number;
}

/** What registers during a fault, where the scenario does not want more. */
export const FEW: Registrations = { users: 30, perSecond: 10 };

/** As many as a fault may meet; they take ten seconds. */
export const MANY: Registrations = { users: 1000, perSecond: 100 };
