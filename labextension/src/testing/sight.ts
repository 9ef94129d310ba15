/** What the browser says of elements that come into sight; a test says when. Reports at once, as browsers do. */
export class FakeSight implements IntersectionObserver {
  /** The next observers are of this kind, until `end`. */
  static begin(): () => void {
    const known = globalThis.IntersectionObserver;
    FakeSight.all.clear();
    globalThis.IntersectionObserver = FakeSight;
    return () => {
      globalThis.IntersectionObserver = known;
    };
  }

  /** The element is in sight from now on, or is not. */
  static async show(element: Element, isIntersecting: boolean): Promise<void> {
    FakeSight.inSight[isIntersecting ? 'add' : 'delete'](element);
    [...FakeSight.all].forEach(one => one.report(element));
    await new Promise(resolve => setImmediate(resolve));
  }

  private static readonly all = new Set<FakeSight>();
  private static readonly inSight = new WeakSet<Element>();

  constructor(private readonly callback: IntersectionObserverCallback) {
    FakeSight.all.add(this);
  }

  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [0];

  observe(element: Element): void {
    this.observed.add(element);
    setImmediate(() => this.report(element));
  }

  unobserve(element: Element): void {
    this.observed.delete(element);
  }

  disconnect(): void {
    this.observed.clear();
  }

  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }

  private report(target: Element): void {
    if (this.observed.has(target)) {
      const entry = { target, isIntersecting: FakeSight.inSight.has(target) };
      this.callback([entry as unknown as IntersectionObserverEntry], this);
    }
  }

  private readonly observed = new Set<Element>();
}
