package channels

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"mauve/models"
	"mauve/models/channeltype"
)

// Set is the adapters by the kind of channel they serve.
type Set map[models.ChannelKind]Channel

// Add puts adapters into the set; a kind that is in it already is an error, and stays as it is.
func (s Set) Add(more Set) (err error) {
	for _, kind := range slices.Sorted(maps.Keys(more)) {
		if s[kind] != nil {
			err = errors.Join(err, fmt.Errorf("channels: there are two adapters for the kind %s", kind))
			continue
		}
		s[kind] = more[kind]
	}
	return err
}

// Check holds each adapter against what the type of its kind says that it can do,
// so that what they do not agree on is found at the start and not by a message.
func (s Set) Check() (err error) {
	for _, t := range channeltype.All() {
		for _, why := range faults(t.Capabilities, s[t.Kind]) {
			err = errors.Join(err, fmt.Errorf("channels: the kind %s %s", t.Kind, why))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(s)) {
		if _, known := kind.Type(); !known {
			err = errors.Join(err, fmt.Errorf("channels: there is an adapter for the kind %s, and no such type of channel", kind))
		}
	}
	return err
}

// faults say what the adapter of a kind lacks, or has beyond what its type says.
func faults(can channeltype.Capabilities, adapter Channel) (all []string) {
	if adapter == nil {
		if can.Queued {
			return []string{"has a queue and no adapter that sends"}
		}
		return nil
	}
	_, uploads := adapter.(Uploader)
	_, receipts := adapter.(Receipter)
	_, checks := adapter.(Checker)
	_, amends := adapter.(Amender)
	_, linked := adapter.(Linked)
	_, called := adapter.(Webhook)
	for _, f := range []struct {
		wrong bool
		says  string
	}{
		{can.Uploads && can.Queued && !uploads, "takes files, and its adapter is no Uploader"},
		{can.Receipts && !receipts, "can be told what was read, and its adapter is no Receipter"},
		{(can.Edits > 0 || can.Deletes > 0) && can.Queued && !amends, "lets messages be changed, and its adapter is no Amender"},
		{can.Linked && !linked, "is linked to phones, and its adapter is not Linked"},
		{!can.Linked && linked, "is not linked to phones, and its adapter is Linked"},
		{can.Webhook && !called, "is called by its vendor, and its adapter is no Webhook"},
		{!can.Webhook && called, "is not called by its vendor, and its adapter is a Webhook"},
		{can.Queued && !can.Linked && !checks, "is not linked, and its adapter is no Checker: nobody knows how its channels are"},
	} {
		if f.wrong {
			all = append(all, f.says)
		}
	}
	return all
}
