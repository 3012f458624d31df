// Firms beside the demo's own, for stories that would stand in each other's way.

import { randomUUID } from 'node:crypto';

let companies = 7_000_000;

/**
 * A firm with an admin, and a company in the simulated Procore with an app of its own. With `data`, such as
 * `projects,users`, the host product already says which company it is and what to bring.
 */
export async function newFirm(demo, name, data = '') {
  companies += 1;
  const known = data && ['--procore-company', String(companies), '--data', data];
  const { firm_id: id } = await demo.command(['firm', 'create', '--name', name, ...known]);
  const admin = await newPerson(demo, ['--firm', id]);

  const procore = { company_id: String(companies), client_id: randomUUID(), client_secret: randomUUID() };
  const { client_id, client_secret } = procore;
  await demo.procoreDoes('client', { client_id, client_secret });
  await demo.procoreDoes('company', { id: companies, name, clients: [client_id] });
  return { id, name, admin, procore };
}

/** Somebody with a password: `rights` are those of `concierge user create`. */
export async function newPerson(demo, rights, name = 'Dana Whitfield') {
  const person = { email: `${randomUUID()}@example.com`, password: randomUUID() };
  const who = ['--email', person.email, '--name', name];
  await demo.command(['user', 'create', ...who, ...rights, '--password-stdin'], person.password);
  return person;
}
