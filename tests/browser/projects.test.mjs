// Single projects: from the board over the plan to a project that is integrated, and away again.

import assert from 'node:assert/strict';

import { signInSupport } from './support/desk.mjs';
import { newFirm } from './support/firm.mjs';
import { story } from './support/story.mjs';
import { button, field, heading, walkTo } from './support/wizard.mjs';

story('a firm admin integrates projects, fixes what is in the way, and removes one', async ({ demo, open }) => {
  const firm = await newFirm(demo, 'Eastgate Interiors');
  const { company_id, client_id } = firm.procore;
  const procore = (command, fields) => demo.procoreDoes(command, { company_id: Number(company_id), client_id, ...fields });
  const admin = await open();
  await walkTo(admin, 'complete', firm, ['Projects']);
  await button(admin, 'Complete integration').click();
  await heading(admin, 'Procore is connected').waitFor({ timeout: 60_000 });

  const board = `/firms/${firm.id}/procore/projects`;
  await admin.go(board);
  await heading(admin, 'Projects').waitFor();
  const boxes = admin.page.locator('input[name="project"]');
  const ids = await boxes.evaluateAll((all) => all.map((box) => Number(box.value)));
  assert.ok(ids.length >= 2, `${ids.length} projects`);
  await procore('tool', { tool: 'rfi', present: false, project_id: ids[0] });
  for (const place of [0, 1]) await boxes.nth(place).check();
  await button(admin, 'Check again').click();
  await admin.page.getByText('RFIs is switched off').first().waitFor({ timeout: 30_000 });
  await admin.check('board');
  await admin.page.locator('summary', { hasText: 'Turn on RFIs in 1 project' }).click();
  await admin.page.getByRole('heading', { level: 2, name: 'Turn on RFIs in 1 project' }).waitFor();
  await admin.check('board-card');

  await admin.go(`${board}/not-shared`);
  await heading(admin, 'Projects that are not shared').waitFor();
  await admin.page.getByText('Current Project Settings').first().waitFor();
  await admin.check('not-shared');

  await admin.go(`${board}?state=not-ready`);
  await admin.page.getByRole('heading', { level: 2, name: 'Turn on RFIs in 1 project' }).waitFor();
  await admin.check('board-not-ready');

  // What the host product calls them: one typed, the other from a file.
  await admin.go(`${board}/references`);
  await heading(admin, 'References').waitFor();
  const references = admin.page.getByRole('textbox', { name: /^Reference of / });
  await references.first().fill('H-1');
  await admin.check('references');
  await button(admin, 'Save').click();
  await admin.page.getByText('Saved 1 reference.').waitFor();
  const file = ['Procore ID;Number;Name;Reference', `${ids[0]};;;H-2`, `${ids[1]};;;H-3`, ';N-7;;H-4'].join('\r\n');
  await admin.page.getByLabel('CSV file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(file) });
  await button(admin, 'Show matches').click();
  await heading(admin, 'What the file changes').waitFor();
  await admin.page.getByText('1 row is left out').waitFor();
  await admin.check('references-compare');
  await button(admin, 'Save references').click();
  await admin.page.getByText('Saved 2 references.').waitFor();

  await admin.go(`${board}/defaults`);
  await heading(admin, 'What to bring of new projects').waitFor();
  await admin.check('defaults');
  await button(admin, 'Save').click();
  await field(admin, 'Integrate new projects automatically').check();
  await button(admin, 'Save').click();
  await admin.page.getByText('Turned on by').waitFor();
  await admin.check('board-automatic');

  await admin.go(board);
  for (const place of [0, 1]) await boxes.nth(place).check();
  await button(admin, 'Integrate selected').click();
  await heading(admin, 'What to bring of these projects').waitFor();
  assert.ok(await field(admin, 'RFIs').isChecked(), 'everything is proposed the first time');
  await admin.check('choose');
  await button(admin, 'Review plan').click();
  await heading(admin, 'Review the plan').waitFor();
  const last = admin.page.locator('.fix-card .click').last();
  assert.match(await last.innerText(), /Choose Integrate\./, 'the button that is there');
  await admin.check('plan');
  await button(admin, 'Integrate').click();
  await heading(admin, 'Projects').waitFor();
  await admin.page.getByText('Integrated', { exact: true }).first().waitFor({ timeout: 60_000 });
  await admin.page.getByText('Needs you').first().waitFor({ timeout: 60_000 });
  await admin.check('board-integrated');

  // The one that lacks a tool says what to do, and goes on once it is done.
  await admin.go(`${board}/${ids[0]}`);
  await admin.page.getByRole('heading', { level: 2, name: 'Turn on RFIs in 1 project' }).waitFor();
  await admin.check('project-stopped');
  const support = await open();
  await signInSupport(support, demo);
  await support.go('/support?view=completed');
  await support.page.getByRole('link', { name: firm.name }).first().click();
  await support.page.getByRole('heading', { level: 3, name: 'Projects' }).waitFor();
  await support.check('case-with-projects');
  await procore('tool', { tool: 'rfi', present: true, project_id: ids[0] });
  await button(admin, 'Try again').click();
  await admin.page.getByText('Integrated since').waitFor({ timeout: 60_000 });
  const filled = admin.page.locator('.actions .button:not(.button-second)').filter({ visible: true });
  assert.equal(await filled.first().innerText(), 'Sync now');
  await admin.check('project');

  await admin.page.getByRole('link', { name: 'Change data' }).click();
  await field(admin, 'Meetings').uncheck();
  await admin.check('change-data');
  await button(admin, 'Save changes').click();
  await admin.page.getByText('Integrated since').waitFor({ timeout: 60_000 });

  // Procore lets us delete nothing in a closed project: its webhook is named until it is gone.
  const closed = { dataset: 'projects', id: ids[0] };
  await procore('records', { ...closed, action: 'deactivate' });
  await admin.page.getByRole('link', { name: 'Remove' }).click();
  await admin.check('remove');
  await button(admin, 'Remove').click();
  await admin.page.getByRole('heading', { level: 2, name: 'Delete our webhook in a project' }).waitFor({ timeout: 60_000 });
  await admin.check('project-webhook-left');
  await admin.go(`/firms/${firm.id}/procore/webhooks`);
  await admin.page.getByRole('heading', { level: 2, name: 'Webhooks left in projects' }).waitFor();
  await admin.check('webhooks-left');
  await admin.go(`${board}/${ids[0]}`);
  await procore('records', { ...closed, action: 'activate' });
  await button(admin, 'Try again').click();
  await admin.page.getByRole('link', { name: 'Integrate', exact: true }).waitFor({ timeout: 60_000 });
});
