// Forms that cannot be accepted come back with what was typed, and say what to do.

import assert from 'node:assert/strict';

import { story } from './support/story.mjs';
import { button, field, isRefused, sendCredentials, step } from './support/wizard.mjs';

story('empty and mistaken credentials are explained, and a secret is never shown again', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.page.getByText('Integrate with Procore', { exact: true }).click();
  await button(admin, 'Continue').click();

  await isRefused(admin, 'Save and continue', { says: /company/i, at: 'company_id' });
  const mistakes = await admin.page.getByRole('alert').getByRole('link').allInnerTexts();
  assert.equal(mistakes.length, 3, 'the missing secret is told with the rest');
  await admin.check('credentials-empty');

  await field(admin, 'Company ID').fill(demo.procore.company_id);
  await field(admin, 'Client ID').fill('https://developers.procore.com/apps/1');
  await field(admin, 'Client secret').fill('a secret that must not come back');
  await isRefused(admin, 'Save and continue', { says: /client id/i, at: 'client_id' });
  assert.equal(await field(admin, 'Company ID').inputValue(), demo.procore.company_id);
  assert.equal(await field(admin, 'Client secret').inputValue(), '');
  assert.ok(!(await admin.page.content()).includes('must not come back'));
  await admin.check('credentials-mistaken');
});

story('a wrong secret is told from everything else that could be wrong', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.go(`/firms/${demo.firm.id}/procore/setup/credentials`);
  await sendCredentials(admin, { ...demo.procore, client_secret: 'this-is-not-the-secret-of-the-app' });

  await admin.page.getByText('Ref PC-CREDENTIALS').first().waitFor();
  await admin.page.getByRole('link', { name: 'Enter the secret again', exact: true }).waitFor();
  assert.equal(await button(admin, 'Continue').count(), 0);
  await admin.check('verify-wrong-secret');
});

story('choosing nothing is refused', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.go(`/firms/${demo.firm.id}/procore/setup/credentials`);
  await sendCredentials(admin, demo.procore);
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'settings');

  await field(admin, 'Projects').uncheck();
  const answered = admin.page.waitForResponse((response) => response.request().method() === 'POST');
  await button(admin, 'Save and continue').click();
  assert.equal((await answered).status(), 422);
  await admin.check('settings-nothing-chosen');
});
