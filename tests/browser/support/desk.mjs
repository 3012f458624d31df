// Support in the demo: a person with a second factor, whose key the demo prints.

import { totp } from './totp.mjs';
import { button, field } from './wizard.mjs';

// A code counts once.
const used = new Map();

/** Signs the demo's support person in, all the way to the queue. */
export async function signInSupport(visitor, { support }) {
  await visitor.signIn(support);
  const key = support.authenticator_key;
  while (totp(key) === used.get(key)) await new Promise((done) => setTimeout(done, 500));
  used.set(key, totp(key));
  await field(visitor, 'Code').fill(used.get(key));
  await button(visitor, 'Continue').click();
  await visitor.page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** A button of a case, with *More* opened where it stands there. */
export async function offered(support, name) {
  const wanted = button(support, name);
  if (!(await wanted.isVisible())) await support.page.locator('.more > summary').click();
  return wanted;
}
