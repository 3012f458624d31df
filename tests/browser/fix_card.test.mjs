// Everything that fails at step 5, on one card: on the page, on paper, at support's case and in a colleague's hands.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { newFirm } from './support/firm.mjs';
import { linkIn } from './support/mail.mjs';
import { story } from './support/story.mjs';
import { button, field, setup, walkTo } from './support/wizard.mjs';

const EVERYTHING = ['Projects', 'People', 'Companies', 'Departments', 'Offices', 'Programs', 'Trades', 'Cost codes'];
const DESKTOP = { width: 1440, height: 900 };

// At most two screens before the rows that passed, and one sheet of paper.
async function isShort({ page }) {
  const before = page.viewportSize();
  await page.setViewportSize(DESKTOP);
  const passed = await page.locator('#passed').boundingBox();
  assert.ok(passed.y <= 2 * DESKTOP.height, `the rows that passed begin at ${passed.y} px`);
  await page.setViewportSize(before);
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g).length, 1, 'one sheet of paper');
}

const card = (visitor) => visitor.page.getByRole('heading', { level: 2, name: 'Change 4 levels, then release once' });

story('all that is missing is one line for each tool and one list of clicks', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Fairwater Civil');
  const { company_id, client_id } = firm.procore;
  const level = (tool, level) => demo.procoreDoes('level', { company_id: Number(company_id), client_id, tool, level });
  const admin = await open();
  await walkTo(admin, 'permissions', firm, EVERYTHING);
  for (const tool of ['Admin', 'Directory', 'Portfolio', 'Webhooks API']) await level(tool, 'None');
  await button(admin, 'Check again').click();
  await card(admin).waitFor();

  const lines = admin.page.getByRole('table', { name: 'What has to change' }).getByRole('row');
  assert.equal(await lines.count(), 5, 'a head, and one line for each tool');
  await lines.filter({ hasText: 'Directory' }).filter({ hasText: 'People, Companies' }).waitFor();
  assert.equal(await admin.page.getByRole('main').locator('ol.clicks').count(), 1, 'one list');

  await isShort(admin);
  await admin.check('step-5');

  // The longest there is: levels, the webhook, and no project shared.
  const projects = (fields) => demo.procoreDoes('projects', { company_id: Number(company_id), client_id, ...fields });
  await level('Portfolio', 'Read Only');
  await projects({ all: false, permit: [] });
  await button(admin, 'Check again').click();
  await admin.page.getByRole('heading', { level: 2, name: 'Change 3 levels, release once, then share projects' }).waitFor();
  await isShort(admin);
  await admin.check('step-5-longest');
  await level('Portfolio', 'None');
  await projects({ all: true });
  await button(admin, 'Check again').click();
  await card(admin).waitFor();

  await button(admin, 'Send these fixes to my Procore admin').click();
  await admin.check('send');
  await field(admin, 'Name').fill('Bo Lane');
  await field(admin, 'Email').fill('bo@fairwater.example');
  await button(admin, 'Send').click();
  await admin.page.getByText('Bo Lane').first().waitFor();
  const colleague = await open();
  await colleague.go(await linkIn({ demo, open }, 'bo@fairwater.example', 'handover'));
  await card(colleague).waitFor();
  await colleague.check('colleague');

  const support = await open();
  await signInSupport(support, demo);
  await support.go(`/support?q=${encodeURIComponent(firm.name)}`);
  await support.page.getByRole('link', { name: firm.name }).click();
  await card(support).waitFor();
  await support.check('case');

  for (const tool of ['Admin', 'Directory', 'Portfolio']) await level(tool, 'Read Only');
  await level('Webhooks API', 'Standard');
  await admin.go(setup(firm, 'permissions'));
  await button(admin, 'Check again').click();
  await button(admin, 'Continue').waitFor();
});
