// In a JupyterLab that is measured, after browser.js: what `LabPage` in lab_page.py calls.
window.measuringLab = (() => {
  const { painted, settled } = window.measuring;
  const found = { restoredAt: null, keys: [], states: [], frames: [] };

  let app;
  Object.defineProperty(window, 'jupyterapp', {
    configurable: true,
    get: () => app,
    set: value => {
      app = value;
      void value.restored.then(() => (found.restoredAt = performance.now()));
    }
  });

  /** Resolves in the task after the picture in which `isThere()` is first true. */
  const shown = async isThere => {
    const given = performance.now() + 60_000;
    while (!isThere()) {
      if (performance.now() > given) {
        throw new Error(`not within a minute: ${isThere}`);
      }
      await new Promise(requestAnimationFrame);
    }
    await painted();
  };

  /** Milliseconds from `act()` until what it leads to is on the screen. */
  const until = async (act, isThere) => {
    const begun = performance.now();
    act();
    await shown(isThere);
    return performance.now() - begun;
  };

  /** From here on, each key counts until the picture after it. */
  const watchKeys = () => {
    addEventListener(
      'keydown',
      async ({ timeStamp }) => {
        await painted();
        found.keys.push(performance.now() - timeStamp);
      },
      true
    );
  };

  /** From here on, each state that a node below `root` comes to have is kept, with the time at which it was on the screen. */
  const watchStates = root => {
    new MutationObserver(async records => {
      const changed = records.map(({ target }) => [target.dataset.node, target.dataset.state]);
      await painted();
      const at = Date.now();
      found.states.push(...changed.filter(([node]) => node).map(([node, state]) => ({ node, state, at })));
    }).observe(root, { subtree: true, attributeFilter: ['data-state'] });
  };

  /** From here on, the time between two pictures is kept. */
  const watchFrames = () => {
    let before = performance.now();
    const next = now => {
      found.frames.push(now - before);
      before = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  };

  /** What was found of a kind since the last call. */
  const take = async kind => {
    await settled(100);
    return found[kind].splice(0);
  };

  /** Bytes of the scripts of an extension that were loaded, unpacked. */
  const scripts = path =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.includes(path) && new URL(name).pathname.endsWith('.js'))
      .map(({ name, decodedBodySize }) => [new URL(name).pathname.split('/').pop(), decodedBodySize]);

  return { found, shown, until, watchKeys, watchStates, watchFrames, take, scripts };
})();
