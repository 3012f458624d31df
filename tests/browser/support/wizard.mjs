// The steps of the setup, as an admin walks them.

import assert from 'node:assert/strict';

export const button = (visitor, name) => visitor.page.getByRole('button', { name, exact: true });
export const field = (visitor, name) => visitor.page.getByLabel(name, { exact: true });
export const heading = (visitor, name) => visitor.page.getByRole('heading', { level: 1, name });
export const link = (visitor, name) => visitor.page.getByRole('link', { name, exact: true });

/** Where a visitor stands: the last part of the path. */
export const step = (visitor) => new URL(visitor.page.url()).pathname.split('/').pop();

/** The address of a step, or of another page of the setup. */
export const setup = (firm, page) => `/firms/${firm.id}/procore/setup/${page}`;

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

/** Ticks these data sets on the settings page and no others. */
export async function choose(admin, data) {
  for (const box of await admin.page.locator('input[name=data]').all()) await box.uncheck();
  for (const label of data) await field(admin, label).check();
}

const STEPS = {
  review: (admin) => button(admin, 'Continue').click(),
  credentials: (admin, { procore }) => sendCredentials(admin, procore),
  verify: (admin) => button(admin, 'Continue').click(), // the checks started by themselves
  settings: async (admin, { data }) => {
    await choose(admin, data);
    await button(admin, 'Save and continue').click();
  },
  permissions: async (admin) => {
    await button(admin, 'Check again').click();
    await button(admin, 'Continue').click();
  },
};

/** Signs in as a firm's admin and does every step before `wanted`, choosing `data`. */
export async function walkTo(admin, wanted, firm, data = ['Projects']) {
  await admin.signIn(firm.admin);
  await admin.go(setup(firm, 'review'));
  for (const [name, take] of Object.entries(STEPS)) {
    if (name === wanted) break;
    assert.equal(step(admin), name);
    await take(admin, { ...firm, data });
  }
  assert.equal(step(admin), wanted);
}

/** Presses a button and gives the status of the answer to what it sends. */
export async function press(visitor, name) {
  const answered = visitor.page.waitForResponse((response) => response.request().method() === 'POST');
  await button(visitor, name).click();
  return (await answered).status();
}

/** Sends a form as it stands and expects it back, with what is wrong in a summary that links there. */
export async function isRefused(visitor, name, { says, at }) {
  assert.equal(await press(visitor, name), 422);
  assert.match(await visitor.page.title(), /^Error: /);
  const summary = visitor.page.getByRole('alert');
  if (visitor.javaScript) await summary.and(visitor.page.locator(':focus')).waitFor();
  await summary.getByRole('link', { name: says }).click();
  const focused = await visitor.page.evaluate(() => document.activeElement.getAttribute('name'));
  assert.equal(focused, at, 'the summary leads to the field');
}
