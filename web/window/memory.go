package window

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

const (
	shardCount = 64
	// crowd is how many keys a shard holds before it drops those that only keepFor keeps. It bounds what
	// someone with very many addresses can make us remember.
	crowd = 4096
	// sweepEvery is how long an idle key may outstay its time.
	sweepEvery = time.Minute
)

// Memory is a Store for one process.
type Memory struct {
	now    func() time.Time
	start  time.Time
	seed   maphash.Seed
	shards [shardCount]shard
}

type shard struct {
	mu      sync.Mutex
	keys    map[string]*entry
	sweepAt time.Duration
	// sweepLen is the number of keys that calls for a sweep before its time.
	sweepLen int
}

type entry struct {
	accepted ring
	// neededUntil is when the last accepted call leaves its window; keptUntil adds keepFor.
	neededUntil, keptUntil time.Duration
}

// NewMemory makes an empty store. Its clock must not be nil; time.Now is right outside tests.
func NewMemory(now func() time.Time) *Memory {
	m := &Memory{now: now, start: now(), seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i] = shard{keys: map[string]*entry{}, sweepAt: sweepEvery, sweepLen: crowd}
	}
	return m
}

// Take counts a call if the cap allows it. The error is only ever about a cap without meaning.
func (m *Memory) Take(_ context.Context, key string, cap Cap) (Verdict, error) {
	if err := cap.check(); err != nil {
		return Verdict{}, err
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()

	e, known := s.keys[key]
	if !known {
		e = &entry{}
	}
	now := m.reading(e)
	allowed := e.look(now, cap).counted < cap.N
	if allowed {
		e.accepted.forget(cap.N-1, now-cap.Per)
		e.accepted.push(now, cap.N)
	}
	if !known {
		s.sweep(now)
		s.keys[key] = e
	}
	// A refused call with a longer Per also has to keep what it was refused for.
	e.neededUntil = max(e.neededUntil, e.accepted.newest()+cap.Per)
	e.keptUntil = max(e.keptUntil, e.accepted.newest()+cap.keep())
	return e.look(now, cap).verdict(cap, allowed), nil
}

// Peek tells what Take would, and counts nothing. The error is only ever about a cap without meaning.
func (m *Memory) Peek(_ context.Context, key string, cap Cap) (Verdict, error) {
	if err := cap.check(); err != nil {
		return Verdict{}, err
	}
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()

	e, known := s.keys[key]
	if !known {
		return past{}.verdict(cap, true), nil
	}
	p := e.look(m.reading(e), cap)
	return p.verdict(cap, p.counted < cap.N), nil
}

// GiveBack forgets the newest accepted call of the key. It never fails.
func (m *Memory) GiveBack(_ context.Context, key string) error {
	s := m.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, known := s.keys[key]; known && e.accepted.length > 0 {
		e.accepted.length--
	}
	return nil
}

func (m *Memory) shard(key string) *shard {
	return &m.shards[maphash.String(m.seed, key)%shardCount]
}

// reading is the time since start. It is taken under the shard's lock, so that times come in order, and
// never runs backwards for a key, whatever clock we were given.
func (m *Memory) reading(e *entry) time.Duration {
	now := max(0, m.now().Sub(m.start))
	if e.accepted.length > 0 {
		now = max(now, e.accepted.newest())
	}
	return now
}

func (e *entry) look(now time.Duration, cap Cap) past {
	counted := e.accepted.after(now - cap.Per)
	if counted == 0 {
		return past{}
	}
	next := e.accepted.at(e.accepted.length - min(counted, cap.N))
	return past{counted: counted, frees: cap.Per - (now - next)}
}

// sweep drops idle keys, now and then: all of a shard at once, because a walk of a few thousand keys a
// minute costs less than keeping them in the order of their end.
func (s *shard) sweep(now time.Duration) {
	if now < s.sweepAt && len(s.keys) < s.sweepLen {
		return
	}
	crowded := len(s.keys) >= crowd
	for key, e := range s.keys {
		if e.keptUntil <= now || crowded && e.neededUntil <= now {
			delete(s.keys, key)
		}
	}
	s.sweepAt = now + sweepEvery
	s.sweepLen = max(crowd, 2*len(s.keys))
}
