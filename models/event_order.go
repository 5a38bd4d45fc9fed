package models

import (
	"context"
	"errors"
)

// settleOrder keeps the event order true when a dump was restored into another
// PostgreSQL cluster, whose transaction ids start anew: the old events get
// numbers below all of them, in the order they had. Their seq alone would not
// do: who began first may have written last.
func (s *Store) settleOrder(ctx context.Context) error {
	if !s.db.Postgres() {
		return nil
	}
	tx, err := s.db.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	const steps = `UPDATE events SET txid = o.place - o.total
		FROM (SELECT seq AS n, row_number() OVER (ORDER BY txid, seq) AS place, count(*) OVER () AS total FROM events) o
		WHERE o.n = events.seq AND EXISTS (
		SELECT 1 FROM cluster WHERE system_id <> (SELECT system_identifier FROM pg_control_system()))`
	const keep = `INSERT INTO cluster (one, system_id) SELECT 1, system_identifier FROM pg_control_system()
		ON CONFLICT (one) DO UPDATE SET system_id = excluded.system_id WHERE cluster.system_id <> excluded.system_id`
	if _, err = tx.ExecContext(ctx, steps); err == nil {
		_, err = tx.ExecContext(ctx, keep)
	}
	return errors.Join(err, tx.Commit())
}
