// The steps of the setup, as an admin walks them.

import assert from 'node:assert/strict';

export const button = (visitor, name) => visitor.page.getByRole('button', { name, exact: true });
export const field = (visitor, name) => visitor.page.getByLabel(name, { exact: true });
export const heading = (visitor, name) => visitor.page.getByRole('heading', { level: 1, name });

/** Where a visitor stands: the last part of the path. */
export const step = (visitor) => new URL(visitor.page.url()).pathname.split('/').pop();

/** Fills in the credentials page and sends it. */
export async function sendCredentials(admin, { company_id, client_id, client_secret }) {
  await field(admin, 'Company ID').fill(company_id);
  await field(admin, 'Client ID').fill(client_id);
  const secret = field(admin, 'Client secret');
  // Where one is saved already, the field is behind "Replace".
  if (!(await secret.isVisible())) await admin.page.locator('details:has([name=client_secret]) > summary').click();
  await secret.fill(client_secret);
  await button(admin, 'Save and continue').click();
}

/** Sends a form as it stands and expects it back, with what is wrong in a summary that links there. */
export async function isRefused(visitor, name, { says, at }) {
  const answered = visitor.page.waitForResponse((response) => response.request().method() === 'POST');
  await button(visitor, name).click();
  assert.equal((await answered).status(), 422);
  assert.match(await visitor.page.title(), /^Error: /);
  const link = visitor.page.getByRole('alert').getByRole('link', { name: says });
  await link.click();
  const focused = await visitor.page.evaluate(() => document.activeElement.getAttribute('name'));
  assert.equal(focused, at, 'the summary leads to the field');
}
