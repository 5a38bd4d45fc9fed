package words

import (
	"context"
	"time"
)

var months = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

var frenchMonths = [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}

var indonesianMonths = [12]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}

type zoneKey struct{}

// In gives the context the reader's time zone; times are then told in it.
func In(ctx context.Context, zone *time.Location) context.Context {
	return context.WithValue(ctx, zoneKey{}, zone)
}

// Local is t in the reader's time zone, UTC when it is not known.
func Local(ctx context.Context, t time.Time) time.Time {
	if zone, ok := ctx.Value(zoneKey{}).(*time.Location); ok {
		return t.In(zone)
	}
	return t.UTC()
}

// Clock is the time of day in the reader's time zone.
func Clock(ctx context.Context, t time.Time) string { return Local(ctx, t).Format("15:04") }

// Day is a date without its year, as browsers write it: "Nov 12", "12 nov.", "12 Nov".
func Day(ctx context.Context, t time.Time) string {
	t = Local(ctx, t)
	switch day, month := t.Format("2"), t.Month()-1; Lang(ctx) {
	case "fr":
		return day + " " + frenchMonths[month]
	case "id":
		return day + " " + indonesianMonths[month]
	default:
		return months[month] + " " + day
	}
}

// Moment is a date with year and time.
func Moment(ctx context.Context, t time.Time) string {
	t = Local(ctx, t)
	switch Lang(ctx) {
	case "fr":
		return Day(ctx, t) + t.Format(" 2006, 15:04")
	case "id":
		return Day(ctx, t) + t.Format(" 2006, 15.04")
	default:
		return Day(ctx, t) + t.Format(", 2006, 3:04 PM")
	}
}

// Age is how long ago t was, in few letters. The page's script keeps it young with Intl, which writes the same.
func Age(ctx context.Context, t, now time.Time) string {
	past := now.Sub(t)
	switch {
	case past < -time.Minute || past >= 7*24*time.Hour:
		return Day(ctx, t)
	case past < time.Minute:
		return T(ctx, "now")
	case past < time.Hour:
		return T(ctx, "{{.N}}m", "N", int(past.Minutes()))
	case past < 24*time.Hour:
		return T(ctx, "{{.N}}h", "N", int(past.Hours()))
	default:
		return T(ctx, "{{.N}}d", "N", int(past.Hours()/24))
	}
}
