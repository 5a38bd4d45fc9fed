package models

import "time"

// settling is the longest pause of EventsAfter before it looks again; they double from 5 ms, about a second in all.
const settling = 640 * time.Millisecond

// EventsAfter returns up to limit events that followed the one named, oldest
// first; the empty id means from the beginning. What was committed before the
// call is among them, unless a transaction that began earlier goes on for longer
// than a second. It fails with ErrEventsGone if that event is unknown.
func (s *Scope) EventsAfter(after ID, limit int) ([]*Event, error) {
	var at Place
	if after != "" {
		var err error
		if at, err = s.PlaceOf(after); err != nil {
			return nil, err
		}
	}
	events, err := s.EventsFrom(at, limit)
	if err != nil || len(events) == limit || !s.rows.Postgres() {
		return events, err
	}
	newest, err := s.newestPlace()
	if err != nil {
		return nil, err
	}
	for pause := 5 * time.Millisecond; pause <= settling && len(events) < limit && reached(at, events).Before(newest); pause *= 2 {
		select {
		case <-time.After(pause):
		case <-s.rows.Ctx.Done():
			return nil, s.rows.Ctx.Err()
		}
		if events, err = s.EventsFrom(at, limit); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// newestPlace returns the place of the newest event of all, told already or not.
func (s *Scope) newestPlace() (Place, error) {
	var e Event
	err := s.told().Select("txid", "seq").Order("txid DESC, seq DESC").Limit(1).Find(&e).Error
	return e.Place(), err
}

// reached is the place of the last event read, or where the reading began.
func reached(from Place, events []*Event) Place {
	if len(events) == 0 {
		return from
	}
	return events[len(events)-1].Place()
}
