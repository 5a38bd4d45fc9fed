-- Who answers for a key or a webhook: their present role caps it. Empty is the workspace, which the command line's keys
-- are answered for by. A personal key has the session that it ends with.

-- +goose Up
ALTER TABLE api_keys ADD COLUMN member_id text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN session_id text NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN unseen boolean NOT NULL DEFAULT false;
ALTER TABLE webhooks ADD COLUMN member_id text NOT NULL DEFAULT '';
UPDATE api_keys SET member_id = created_by_id
	WHERE EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = api_keys.workspace_id AND m.id = api_keys.created_by_id AND m.removed_at IS NULL);
UPDATE api_keys SET unseen = true WHERE created_by_id <> '' AND member_id = '' AND revoked_at IS NULL;
UPDATE webhooks SET member_id = made.member_id FROM (SELECT e.workspace_id, e.subject_id, m.id AS member_id FROM events e
	LEFT JOIN api_keys k ON k.workspace_id = e.workspace_id AND k.id = e.actor_id
	JOIN members m ON m.workspace_id = e.workspace_id AND m.id = coalesce(k.created_by_id, e.actor_id)
	WHERE e.kind = 'webhook.created' AND m.removed_at IS NULL) made
	WHERE made.workspace_id = webhooks.workspace_id AND made.subject_id = webhooks.id;
