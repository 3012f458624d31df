// Support finds the stuck firm, reads why, and looks at the numbers and at who is support.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { story } from './support/story.mjs';
import { button, field, isRefused, link, sendCredentials } from './support/wizard.mjs';

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

  // Two rows at once, then one by its key.
  for (const name of ['Acme Builders', 'Summit Homes']) await field(support, `Select ${name}`).check();
  await support.check('queue-ticked');
  await field(support, 'Day').fill('1999-01-01');
  await isRefused(support, 'Snooze until', { says: 'Choose a day from tomorrow on', at: 'day' });
  await support.check('queue-ticked-refused');
  assert.ok(await field(support, 'Select Summit Homes').isChecked());
  await field(support, 'Day').fill(new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10));
  await button(support, 'Snooze until').click();
  await support.page.getByText('2 onboardings snoozed until').waitFor();
  await button(support, 'Keyboard shortcuts').waitFor(); // the script is there
  const focused = () => support.page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  await support.page.keyboard.press('j');
  const topmost = await focused();
  await support.page.keyboard.press('j');
  assert.notEqual(await focused(), topmost);
  await support.page.keyboard.press('k');
  assert.equal(await focused(), topmost);
  await support.page.keyboard.press('s');
  assert.equal(await focused(), 'day');
  await support.page.keyboard.press('k'); // typed into the field, it moves nothing
  assert.equal(await focused(), 'day');
  await field(support, 'Day').blur();
  await support.page.keyboard.press('/');
  assert.equal(await focused(), 'q');
  await field(support, 'Search by firm, email or company ID').blur();
  await support.go('/support?view=mine');
  await support.page.getByText('No onboarding is assigned to you.').waitFor();
  await support.check('queue-mine-empty');
  await link(support, 'All open').click();
  await button(support, 'Keyboard shortcuts').waitFor();
  await support.page.keyboard.press('j');
  await support.page.keyboard.press('a');
  await support.page.getByText('1 onboarding assigned.').waitFor();

  await field(support, 'Search by firm, email or company ID').fill('granite');
  await button(support, 'Apply').click();
  await support.page.waitForURL(/granite/); // the page in which the answer stands, read whole
  assert.equal(await support.page.locator('tbody tr').count(), 1);
  await support.check('queue-search');
  await support.go('/support?reason=closed');
  await support.check('queue-empty');

  // The figures of all firms, then of those that met one reason, then of those of one way of access besides.
  await support.go('/support/overview');
  const began = support.page.locator('.figure').filter({ hasText: 'Firms that began' }).locator('dd');
  assert.equal(await began.innerText(), String(firms.length + 1), 'the demo’s own is one of them');
  const narrow = async (name, label) => {
    await field(support, name).selectOption({ label });
    await button(support, 'Show').click();
    await support.page.waitForURL((url) => url.searchParams.has('reason'));
  };
  await narrow('Ever met', 'Key rejected');
  assert.equal(await began.innerText(), '1');
  await support.check('overview');
  await narrow('Way of access', 'A service account');
  await support.page.getByText('No firm began in this period').waitFor();
  assert.equal(await field(support, 'Ever met').inputValue(), 'key_rejected', 'both narrow it');
  await support.go('/support/staff');
  await support.check('staff');
  await field(support, 'Email').fill('sam at home');
  await button(support, 'Invite').click();
  await support.check('staff-refused');
  await support.go('/support/mail');
  await support.check('mail');

  // The page reads itself again. Last, since a page of this clock does not tell what it weighs.
  await support.page.clock.install();
  await support.go('/support');
  await button(support, 'Keyboard shortcuts').waitFor();
  await demo.command(['firm', 'create', '--name', 'Zenith Works']);
  const search = field(support, 'Search by firm, email or company ID');
  await search.fill('half a na');
  await support.page.clock.fastForward(25_000);
  assert.equal(await search.inputValue(), 'half a na');
  assert.equal(await support.page.getByRole('link', { name: 'Zenith Works' }).count(), 0, 'somebody types');
  await search.fill('');
  await search.blur();
  await support.page.clock.fastForward(25_000);
  await support.page.getByRole('link', { name: 'Zenith Works' }).waitFor();
});
