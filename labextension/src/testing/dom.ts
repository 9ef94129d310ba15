/** A document for the tests of components: loaded before all else in each `*.test.tsx`. */
import { afterEach } from 'node:test';
import { GlobalRegistrator } from '@happy-dom/global-registrator';

GlobalRegistrator.register({ url: 'http://localhost/' });
// React warns about an update outside `act` only where it is told that this is a test; what a test renders is taken away
// after it, where the testing library finds an `afterEach`.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true, afterEach });
