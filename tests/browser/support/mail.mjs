// What people find in their mail. In a demo support reads every mail in clear.

import { signInSupport } from './desk.mjs';

/** The path of the link to `part` (such as `handover`) in the newest mail to an address. */
export async function linkIn({ demo, open }, email, part) {
  const support = await open();
  await signInSupport(support, demo);
  await support.go('/support/mail');
  await support.page.getByRole('row').filter({ hasText: email }).first().getByRole('link').click();
  const text = await support.page.locator('main').innerText();
  const link = text.match(new RegExp(`https?://\\S+/${part}/\\S+`))[0];
  await support.context.close();
  return new URL(link).pathname;
}
