// What people find in their mail. In a demo support reads every mail in clear.

import { totp } from './totp.mjs';

// A code works once and lasts half a minute; later visits use up recovery codes.
const recoveryCodes = [];

async function enter(support, person) {
  await support.signIn(person);
  const { page } = support;
  if (recoveryCodes.length > 0) {
    await page.getByLabel('Code', { exact: true }).fill(recoveryCodes.pop());
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    return;
  }
  await page.locator('form[action="/account/second-factor"] button').click();
  const key = await page.locator('#secret').innerText();
  await page.getByLabel('Code', { exact: true }).fill(totp(key));
  await page.locator('form[action="/account/second-factor/confirm"] button').click();
  await page.locator('#recovery-codes').waitFor();
  recoveryCodes.push(...(await page.locator('#recovery-codes code').allInnerTexts()));
}

/** The path of the link to `part` (such as `handover`) in the newest mail to an address. */
export async function linkIn({ demo, open }, email, part) {
  const support = await open();
  await enter(support, demo.support);
  await support.go('/support/mail');
  await support.page.getByRole('row').filter({ hasText: email }).first().getByRole('link').click();
  const text = await support.page.locator('main').innerText();
  const link = text.match(new RegExp(`https?://\\S+/${part}/\\S+`))[0];
  await support.context.close();
  return new URL(link).pathname;
}
