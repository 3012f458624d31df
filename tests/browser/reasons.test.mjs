// The most frequent blockers as firms meet them: named, fixed in Procore, checked again, gone.

import assert from 'node:assert/strict';

import { newFirm } from './support/firm.mjs';
import { story } from './support/story.mjs';
import { button, field, sendCredentials, setup, step, walkTo } from './support/wizard.mjs';

/** What a person does in Procore, at this firm's company and app. */
const inProcore = (demo, { procore }) => (command, fields = {}) => {
  const { company_id, client_id } = procore;
  return demo.procoreDoes(command, { company_id: Number(company_id), client_id, ...fields });
};

/** The page names the reason and the fix, and offers no *Continue*. */
async function isHeldUp(admin, code, how) {
  const main = admin.page.getByRole('main');
  await main.getByText(`Ref ${code}`).first().waitFor();
  await main.getByText(how).first().waitFor();
  assert.equal(await button(admin, 'Continue').count(), 0, `${code} blocks the next step`);
  await admin.check(code);
}

async function checkAgain(admin) {
  await button(admin, 'Check again').click();
}

story('an app that is not installed, a wrong company and a webhook level are fixed one after the other', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Ridgeline Contractors');
  const does = inProcore(demo, firm);
  const admin = await open();
  await walkTo(admin, 'verify', firm);

  await button(admin, 'Continue').waitFor();
  await does('uninstall');
  await checkAgain(admin);
  await isHeldUp(admin, 'PC-NOT-INSTALLED', 'Install App');

  await does('reinstall', { all_projects: true });
  await does('level', { tool: 'Webhooks API', level: 'None' });
  await checkAgain(admin);
  await isHeldUp(admin, 'PC-WEBHOOK-LEVEL', 'Standard');

  await does('level', { tool: 'Webhooks API', level: 'Standard' });
  await admin.go(setup(firm, 'credentials'));
  await sendCredentials(admin, { ...firm.procore, company_id: '424242' });
  await isHeldUp(admin, 'PC-COMPANY', firm.procore.company_id);

  await admin.go(setup(firm, 'credentials'));
  assert.equal(await field(admin, 'Company ID').inputValue(), '424242', 'what was typed is still there');
  await sendCredentials(admin, firm.procore);
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'settings');
});

story('projects that are not shared block the permissions step, and too much access only warns', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Tidewater Mechanical');
  const does = inProcore(demo, firm);
  const admin = await open();
  await walkTo(admin, 'permissions', firm, ['Projects', 'People']);

  await does('projects', { all: false, permit: [] });
  await checkAgain(admin);
  await isHeldUp(admin, 'PC-NO-PROJECTS', 'Permissions');

  await does('projects', { all: true });
  await does('level', { tool: 'Directory', level: 'Admin' });
  await checkAgain(admin);
  await button(admin, 'Continue').waitFor();
  await checkAgain(admin);
  await admin.page.getByRole('main').getByText('Ref PC-EXCESS').first().waitFor();
  await admin.check('PC-EXCESS');
  await button(admin, 'Continue').click();
  assert.equal(step(admin), 'complete');
});
