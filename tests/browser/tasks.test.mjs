// Step 2 without a key: tasks in Procore that are ticked, and the fields on the same page.

import assert from 'node:assert/strict';

import { newFirm } from './support/firm.mjs';
import { story } from './support/story.mjs';
import { button, field, sendCredentials, setup, step, walkTo } from './support/wizard.mjs';

const isOpen = (visitor, task) => visitor.page.locator(`#task-${task} > details`).evaluate((it) => it.open);

story('an admin ticks tasks, leaves, and comes back to the same one', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Quarry Lane Masonry', 'users,trades');
  const admin = await open();
  await walkTo(admin, 'review', firm);
  const ticked = await admin.page.locator('input[name=data]:checked').evaluateAll((all) => all.map((box) => box.value));
  assert.deepEqual(ticked, ['users', 'trades'], 'what the host product said');
  await button(admin, 'Continue').click();
  // The fields are there with either answer, and what is known of them is filled in.
  assert.equal(await field(admin, 'Company ID').inputValue(), firm.procore.company_id);
  assert.ok(!(await admin.page.locator('#task-create').isVisible()));

  await field(admin, 'Not yet').check();
  await admin.page.locator('#task-create').waitFor();
  await admin.check('step-2-not-yet');
  await admin.page.getByRole('link', { name: 'I have them now' }).filter({ visible: true }).click();
  assert.equal(await admin.page.evaluate(() => document.activeElement.id), 'company_id');
  await button(admin, 'Done (Create the app)').click();
  await button(admin, 'Not done yet (Create the app)').waitFor();
  await button(admin, 'Procore is reviewing it').click();
  await admin.page.getByText('Ref PC-PENDING-APPROVAL').waitFor();
  await admin.check('step-2-waiting-for-procore');

  const later = await open({ javaScript: false });
  await later.signIn(firm.admin);
  await later.go(setup(firm, 'credentials'));
  assert.ok(await field(later, 'Not yet').isChecked());
  assert.ok(!(await isOpen(later, 'create')) && (await isOpen(later, 'version')), 'the next task is open');

  await admin.go(setup(firm, 'credentials'));
  await field(admin, 'Yes').check();
  await admin.check('step-2-yes');
  // Where the key is found follows the way that is ticked.
  const hint = admin.page.locator('#client_id-hint');
  assert.match(await hint.innerText(), /^In Procore’s Developer Portal/);
  await field(admin, 'A service account we already have').check();
  assert.match(await hint.innerText(), /^As it was noted/);
  await field(admin, 'Our firm’s own Procore app').check();
  await sendCredentials(admin, firm.procore);
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'settings');
});
