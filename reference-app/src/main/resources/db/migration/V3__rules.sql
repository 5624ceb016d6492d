-- What an entry says besides its value: {"when": rule, "variants": {…}}, each if there is one; null for neither.
alter table entry add column rules jsonb;
alter table change_edit add column old_rules jsonb, add column new_rules jsonb;
