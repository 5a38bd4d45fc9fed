// Package channeltype is what is known of a kind of channel before anybody talks
// on it: what it can carry, and what its channels are configured by. It knows no
// channel, no message and no vendor; how a kind talks is its adapter's, below
// channels. Start with Type; served.go has the kinds of this version, and another
// program's come by Register.
package channeltype

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Kind says how a channel talks to people.
type Kind string

// The kinds of channel that this version serves; served.go says what each is.
const (
	API         Kind = "api"          // in by the public API, out by webhook
	WhatsApp    Kind = "whatsapp"     // Meta's Cloud API
	WhatsAppWeb Kind = "whatsapp_web" // a phone, linked as WhatsApp Web is
	Sandbox     Kind = "sandbox"      // behaves as WhatsApp does and reaches nobody
)

// Type is what there is to know of a kind of channel.
type Type struct {
	Kind         Kind   // lower-case letters, digits and underscores: it stands in addresses
	Name         string // for people
	Capabilities Capabilities
	Settings     []Setting // in the order in which forms ask for them
	Account      string    // the setting by which the vendor knows a channel; empty: there is none
}

// registry holds all kinds that there are. They are read at every message, so what is read is never changed but replaced.
var registry struct {
	sync.Mutex // of who registers
	known      atomic.Pointer[[]Type]
}

func init() { registry.known.Store(&served) }

// Register adds a kind of channel. Like sql.Register it is called when
// the program starts, before a store is opened; the kind's adapter is given to the
// server with its other channels. It panics if the type is malformed, or its kind
// or its name for people is taken.
func Register(t Type) {
	registry.Lock()
	defer registry.Unlock()
	known := All()
	if why := t.malformed(known); why != "" {
		panic(fmt.Sprintf("channeltype: the kind %q %s", t.Kind, why))
	}
	t.Settings = slices.Clone(t.Settings)
	all := append(slices.Clone(known), t)
	registry.known.Store(&all)
}

// All are all that is known of the kinds that can be added, in the order people read them. Nobody changes what it returns.
func All() []Type { return *registry.known.Load() }

// Kinds are the kinds that can be added, in the order people read them.
func Kinds() []Kind { return KindsThat(func(Capabilities) bool { return true }) }

// PhoneKinds are the kinds of channel on which people are known by a WhatsApp number.
func PhoneKinds() []Kind { return KindsThat(func(can Capabilities) bool { return can.Phones }) }

// KindsThat are the kinds whose channels can carry what is asked for.
func KindsThat(can func(Capabilities) bool) (those []Kind) {
	for _, t := range All() {
		if can(t.Capabilities) {
			those = append(those, t.Kind)
		}
	}
	return those
}

// Names lists the kinds for sentences.
func Names() string {
	names := make([]string, len(Kinds()))
	for i, k := range Kinds() {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

var noType Type

func (k Kind) find() *Type {
	all := All()
	for i := range all {
		if all[i].Kind == k {
			return &all[i]
		}
	}
	return &noType
}

// Type returns what is known of the kind; false: there is none such.
func (k Kind) Type() (Type, bool) {
	t := k.find()
	return *t, t != &noType
}

// Capabilities returns what channels of the kind can carry; of an unknown kind, nothing.
func (k Kind) Capabilities() Capabilities {
	return k.find().Capabilities
}

// Settings are what channels of the kind are configured by.
func (k Kind) Settings() []Setting {
	return k.find().Settings
}

// OwnApp is what the author of a message is called that the business wrote past us, in its vendor's own program.
func (k Kind) OwnApp() string {
	t := k.find()
	if t.Capabilities.Phones {
		return "WhatsApp on the phone"
	}
	return t.Name
}
