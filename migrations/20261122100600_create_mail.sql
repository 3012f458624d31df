-- The outbox. A row is written in the transaction that causes the mail; a job sends it.
--
-- `text` and `html` hold `{{link}}` where a link belongs; the links themselves are sealed in
-- `links` until the mail was sent, then wiped. `kept` is a mail of an installation without SMTP:
-- nothing sends it, support passes it on by hand.
--
-- The key is the mail alone, not firm and mail: a mail about an account has no firm.
create table mail (
    mail_id    uuid primary key,
    firm_id    uuid references firm,
    recipient  text not null,
    kind       text not null,
    subject    text not null,
    text       text not null,
    html       text not null,
    links      bytea,
    state      text not null
        constraint mail_state_known check (state in ('queued', 'sending', 'sent', 'failed', 'kept')),
    attempts   integer not null default 0,
    created_at timestamptz not null,
    due_at     timestamptz,
    sent_at    timestamptz,
    failure    text
);
create index mail_due on mail (due_at) where state in ('queued', 'sending');
create index mail_firm on mail (firm_id, mail_id);
