-- Kept mail is sent once SMTP is configured, if it is still of use.
create index mail_kept on mail (created_at) where state = 'kept';
