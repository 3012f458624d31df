// What people do at their account, and what support sees of their mail.

import assert from 'node:assert/strict';

import { totp } from './totp.mjs';
import { button, field, heading } from './wizard.mjs';

/** Begins to set up a second factor, on its page, and gives the key for the authenticator app. */
export async function beginSecondFactor(visitor, password) {
  await field(visitor, 'Password').fill(password);
  await button(visitor, 'Set up').click();
  return visitor.page.locator('#secret').innerText();
}

/** Finishes it with the app's code, and gives the recovery codes. */
export async function enrol(visitor, key) {
  await field(visitor, 'Code').fill(totp(key));
  await button(visitor, 'Turn on').click();
  await heading(visitor, 'Keep your recovery codes').waitFor();
  return visitor.page.locator('#recovery-codes li').allInnerTexts();
}

/** The text of the newest mail to an address, as a support person reads it. */
export async function newestMail(support, email) {
  await support.go('/support/mail');
  await support.page.getByRole('row').filter({ hasText: email }).getByRole('link').first().click();
  const text = await support.page.getByRole('region', { name: 'Text of the mail' }).innerText();
  assert.ok(text.length > 0, 'the mail has a text');
  return text;
}
