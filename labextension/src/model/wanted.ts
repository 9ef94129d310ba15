/** What is asked for when somebody first looks, and told by a call of `tell`. What was refused is not asked for by itself again. */
export class Wanted<Value> {
  constructor(
    private readonly ask: () => Promise<Value>,
    private readonly tell: () => void
  ) {}

  /** Why it is not known; `null`: it is, or may be soon. */
  get problem(): unknown {
    return this.refused;
  }

  /** `null`: not known yet, or refused. Whoever draws may call this each time. */
  want(): Value | null {
    if (this.value === null && this.refused === null && !this.isAsking) {
      this.isAsking = true;
      void this.take();
    }
    return this.value;
  }

  /** What was refused is asked for when somebody looks next. */
  forgive(): void {
    this.refused = null;
  }

  private async take(): Promise<void> {
    try {
      this.value = await this.ask();
    } catch (error) {
      this.refused = error;
    } finally {
      this.isAsking = false;
    }
    this.tell();
  }

  private value: Value | null = null;
  private refused: unknown = null;
  private isAsking = false;
}
