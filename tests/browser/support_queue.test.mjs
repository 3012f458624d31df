// Support finds the stuck firm, reads why, and looks at the numbers and at who is support.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { story } from './support/story.mjs';
import { button, field, sendCredentials } from './support/wizard.mjs';

story('a support person finds the firm whose key was rejected', async ({ demo, open }) => {
  const firms = ['Acme Builders', 'Granite & Sons Civil', 'Summit Homes', 'Über Bau', 'Keystone Group'];
  for (const name of firms) await demo.command(['firm', 'create', '--name', name]);
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.page.getByText('Integrate with Procore', { exact: true }).click();
  await button(admin, 'Continue').click();
  await sendCredentials(admin, { ...demo.procore, client_secret: 'not-the-secret-0123456789' });
  await button(admin, 'Check again').waitFor();

  const support = await open();
  await signInSupport(support, demo);
  await support.go('/support');
  const first = support.page.locator('tbody tr').first();
  await first.getByText('Key rejected').waitFor();
  assert.match(await first.innerText(), new RegExp(demo.firm.name));
  await support.check('queue');

  await field(support, 'Search by firm, email or company ID').fill('granite');
  await button(support, 'Apply').click();
  await support.page.waitForURL(/granite/); // the page in which the answer stands, read whole
  assert.equal(await support.page.locator('tbody tr').count(), 1);
  await support.check('queue-search');
  await support.go('/support?reason=closed');
  await support.check('queue-empty');

  await support.go('/support/overview');
  await support.check('overview');
  await support.go('/support/staff');
  await support.check('staff');
  await field(support, 'Email').fill('sam at home');
  await button(support, 'Invite').click();
  await support.check('staff-refused');
  await support.go('/support/mail');
  await support.check('mail');
});
