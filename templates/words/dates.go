package words

import (
	"context"
	"time"
)

var months = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

var frenchMonths = [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}

var indonesianMonths = [12]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}

// Day is a date without its year, as browsers write it: "Nov 12", "12 nov.", "12 Nov".
func Day(ctx context.Context, t time.Time) string {
	switch day, month := t.Format("2"), t.Month()-1; Lang(ctx) {
	case "fr":
		return day + " " + frenchMonths[month]
	case "id":
		return day + " " + indonesianMonths[month]
	default:
		return months[month] + " " + day
	}
}

// Moment is a date with year and time, in t's own zone.
func Moment(ctx context.Context, t time.Time) string {
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
