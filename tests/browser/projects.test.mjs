// Single projects: from the board over the plan to a project that is integrated, and away again.

import assert from 'node:assert/strict';

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

  await admin.go(`${board}?state=not-ready`);
  await admin.page.getByRole('heading', { level: 2, name: 'Turn on RFIs in 1 project' }).waitFor();
  await admin.check('board-not-ready');

  await admin.go(board);
  for (const place of [0, 1]) await boxes.nth(place).check();
  await button(admin, 'Integrate selected').click();
  await heading(admin, 'What to bring of these projects').waitFor();
  assert.ok(await field(admin, 'RFIs').isChecked(), 'everything is proposed the first time');
  await admin.check('choose');
  await button(admin, 'Review plan').click();
  await heading(admin, 'Review the plan').waitFor();
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
  await procore('tool', { tool: 'rfi', present: true, project_id: ids[0] });
  await button(admin, 'Try again').click();
  await admin.page.getByText('Integrated since').waitFor({ timeout: 60_000 });
  await admin.check('project');

  await admin.page.getByRole('link', { name: 'Change data' }).click();
  await field(admin, 'Meetings').uncheck();
  await admin.check('change-data');
  await button(admin, 'Save changes').click();
  await admin.page.getByText('Integrated since').waitFor({ timeout: 60_000 });

  await admin.page.getByRole('link', { name: 'Remove' }).click();
  await admin.check('remove');
  await button(admin, 'Remove').click();
  await admin.page.getByRole('link', { name: 'Integrate', exact: true }).waitFor({ timeout: 60_000 });
});
