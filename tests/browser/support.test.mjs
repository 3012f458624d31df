// Support finds the firm that is stuck, understands why, and brings it on.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, isRefused, sendCredentials, step } from './support/wizard.mjs';

story('support finds, understands and resumes', async ({ demo, open }) => {
  // A firm gets stuck: its app is not installed.
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.page.getByText('Integrate with Procore', { exact: true }).click();
  await button(admin, 'Continue').click();
  await demo.procoreDoes('uninstall');
  await sendCredentials(admin, demo.procore);
  assert.equal(step(admin), 'verify');
  await button(admin, 'Check again').waitFor();

  // Find.
  const support = await open();
  await signInSupport(support, demo);
  await support.check('queue');
  await support.page.getByRole('link', { name: demo.firm.name }).first().click();

  // Understand.
  await heading(support, demo.firm.name).waitFor();
  await support.page.getByText('Ref PC-NOT-INSTALLED').first().waitFor();
  await support.check('case-stuck');
  assert.ok(await button(support, 'Retry').isDisabled());

  // A note, without their secret.
  await field(support, 'New note').fill(`Their secret is ${demo.procore.client_secret}`);
  await isRefused(support, 'Add note', { says: /looks like a key/, at: 'note' });
  await support.check('note-refused');
  await field(support, 'New note').fill('They install the app this morning.');
  await button(support, 'Add note').click();
  await support.page.getByText('The note is saved.').waitFor();

  // The fixes go to the person who looks after Procore.
  await button(support, 'Send these fixes').click();
  await support.check('send-fixes');
  await support.page.getByLabel('Who gets them').selectOption('other');
  await field(support, 'Email').fill('pat@harborlane.example');
  await isRefused(support, 'Send these fixes', { says: 'Enter a reason', at: 'reason' });
  await field(support, 'Reason').fill('They asked what to click');
  await button(support, 'Send these fixes').click();
  await support.page.getByText('The fixes are on their way.').waitFor();

  await button(support, 'Assign to me').click();
  await support.check('assign');
  await field(support, 'Reason').fill('Mine until it runs');
  await button(support, 'Assign to me').click();
  await support.page.getByText('The case is yours.').waitFor();

  await button(support, 'Snooze until').click();
  await support.check('snooze');
  await support.page.getByRole('link', { name: 'Cancel' }).click();

  await button(support, 'Send a fresh link').click();
  await support.check('fresh-link');
  await support.page.getByRole('link', { name: 'Cancel' }).click();

  // Resume: the app is installed, and the firm goes on where it was.
  await demo.procoreDoes('reinstall', { all_projects: true });
  await button(support, 'Check again now').click();
  await support.check('check-again');
  await field(support, 'Reason').fill('They say that it is installed');
  await button(support, 'Check again now').click();
  await support.page.getByText('The checks are running.').waitFor();
  while (!(await support.page.getByText('All checks passed.').isVisible())) await support.page.reload();
  await support.check('case-fixed');
  await admin.page.reload();
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'settings');
});

story('support takes a new firm in without a script', async ({ demo, open }) => {
  const support = await open({ javaScript: false });
  await signInSupport(support, demo);
  await support.page.getByRole('link', { name: 'New firm' }).click();
  await support.check('new-firm');
  await button(support, 'Create and invite').click();
  await support.check('new-firm-refused');
  await field(support, 'Name').fill('Northbank Builders');
  await field(support, 'Reference').fill('nb-77');
  await field(support, 'Email').fill('lee@northbank.example');
  await button(support, 'Create and invite').click();
  await heading(support, 'Northbank Builders').waitFor();
  await support.page.getByText('Nobody has begun.').waitFor();
  await support.check('case-new');
});
