// The calls with the client that oapi-codegen made.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"

	"clients/client"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("made a contact, found it in the list, and was refused one")
}

func run(ctx context.Context) error {
	c, err := client.NewClientWithResponses(os.Getenv("API"), client.WithRequestEditorFn(withKey))
	if err != nil {
		return err
	}

	key, name, phone, one := "go-1", "Sarah V.", "+33612345673", int64(1)
	labels := &client.ContactFields_Labels{}
	if err := labels.FromContactFieldsLabels0([]string{"Lead"}); err != nil {
		return err
	}
	draft := client.ContactFields{Name: &name, Phone: &phone, Labels: labels, Attributes: &map[string]any{"plan": "Team"}}
	made, err := c.PostContactsWithResponse(ctx, &client.PostContactsParams{IdempotencyKey: &key}, draft)
	if err != nil {
		return err
	}
	if made.JSON201 == nil {
		return fmt.Errorf("making a contact: %s %s", made.Status(), made.Body)
	}

	list, err := c.GetContactsWithResponse(ctx, &client.GetContactsParams{Phone: &phone, PerPage: &one})
	if err != nil {
		return err
	}
	if list.JSON200 == nil || len(list.JSON200.Data) != 1 || list.JSON200.Data[0].Id != made.JSON201.Id {
		return fmt.Errorf("the list: %s %s", list.Status(), list.Body)
	}

	nowhere := "nowhere"
	refused, err := c.PostContactsWithResponse(ctx, &client.PostContactsParams{}, client.ContactFields{Name: &name, Email: &nowhere})
	if err != nil {
		return err
	}
	problem := refused.ApplicationproblemJSON422
	if problem == nil || problem.Errors == nil {
		return fmt.Errorf("a wrong e-mail address: %s %s", refused.Status(), refused.Body)
	}
	if faults := *problem.Errors; len(faults) != 1 || faults[0].Field != "email" {
		return errors.New("the fault is not the field's: " + string(refused.Body))
	}
	return nil
}

func withKey(_ context.Context, r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+os.Getenv("KEY"))
	return nil
}
