// In the page that is measured: what `Measured` in browser.py calls.
window.measuring = (() => {
  const long = [];
  new PerformanceObserver(list => long.push(...list.getEntries().map(entry => entry.duration))).observe({
    entryTypes: ['longtask']
  });
  const frame = () => new Promise(requestAnimationFrame);
  const settled = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

  /** Resolves when what has been changed is on the screen: the task after the picture in which it is drawn. */
  const painted = async () => {
    await frame();
    await new Promise(resolve => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      requestAnimationFrame(() => port2.postMessage(null));
    });
  };

  /** Durations of long tasks since the last call. */
  const longTasks = async () => {
    await settled(60);
    return long.splice(0);
  };

  /** Milliseconds between pictures while `step(0)` to `step(count - 1)` are taken, one for each picture. */
  const frames = async (step, count) => {
    const found = [];
    let before = await frame();
    for (let place = 0; place < count; place++) {
      step(place);
      const now = await frame();
      found.push(now - before);
      before = now;
    }
    return found;
  };

  /** Milliseconds from each of `count` changes until it is on the screen. */
  const reactions = async (change, count) => {
    const found = [];
    for (let place = 0; place < count; place++) {
      const begun = performance.now();
      change(place);
      await painted();
      found.push(performance.now() - begun);
      await settled(20);
    }
    return found;
  };

  const pointer = (area, type, x, y) =>
    area.dispatchEvent(
      new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, buttons: 1, clientX: x, clientY: y })
    );

  const middle = area => {
    const { left, top, width, height } = area.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };

  /** Drags the content of `area` around in circles. */
  const dragging = async (area, count) => {
    // The browser knows of no pointer that could be captured.
    area.setPointerCapture = () => undefined;
    let [x, y] = middle(area);
    pointer(area, 'pointerdown', x, y);
    const found = await frames(place => {
      [x, y] = [x + 14 * Math.cos(place / 10), y + 9 * Math.sin(place / 10)];
      pointer(area, 'pointermove', x, y);
    }, count);
    pointer(area, 'pointerup', x, y);
    return found;
  };

  /** Zooms in and out again as a touchpad does. */
  const zooming = (area, count) => {
    const [clientX, clientY] = middle(area);
    return frames(place => {
      const options = { bubbles: true, cancelable: true, ctrlKey: true, clientX, clientY };
      area.dispatchEvent(new WheelEvent('wheel', { ...options, deltaY: place % 60 < 30 ? -8 : 8 }));
    }, count);
  };

  return { painted, longTasks, frames, reactions, dragging, zooming, settled };
})();
