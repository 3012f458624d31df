// Closing the browser loses nothing: progress belongs to the firm.

import assert from 'node:assert/strict';

import { story } from './support/story.mjs';
import { button, sendCredentials, step } from './support/wizard.mjs';

story('what one browser began goes on in another', async ({ demo, open }) => {
  const first = await open();
  await first.signIn(demo.admin);
  await first.page.getByText('Integrate with Procore', { exact: true }).click();
  await button(first, 'Continue').click();
  await sendCredentials(first, demo.procore);
  assert.equal(step(first), 'verify');
  await first.context.close(); // while the checks run

  const second = await open({ javaScript: false });
  await second.signIn(demo.admin);
  await second.check('concierge-started');
  await second.page.getByText('Continue setup', { exact: true }).click();
  assert.equal(step(second), 'verify');
  while (!(await button(second, 'Continue').isVisible())) await second.page.reload();
  await second.check('verified-elsewhere');
  await button(second, 'Continue').click();
  assert.equal(step(second), 'settings');
});

story('a step ahead of the progress leads to the one that is missing', async ({ demo, open }) => {
  const admin = await open();
  await admin.signIn(demo.admin);
  await admin.go(`/firms/${demo.firm.id}/procore/setup/complete`);
  assert.equal(step(admin), 'settings');
  await admin.check('sent-back');
});
