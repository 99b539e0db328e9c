/** Something that tells those who listen what happens; its type says which event carries what. */
export class Events<Carried extends object> {
  private readonly listeners = new Map<keyof Carried, Set<(carried: never) => void>>();

  /** Call `listener` at each event of that name, until the returned function is called. */
  on<Name extends keyof Carried>(
    name: Name,
    listener: (carried: Carried[Name]) => void,
  ): () => void {
    const those = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, those.add(listener));
    return () => those.delete(listener);
  }

  protected tell<Name extends keyof Carried>(name: Name, carried: Carried[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])])
      (listener as (carried: Carried[Name]) => void)(carried);
  }
}
