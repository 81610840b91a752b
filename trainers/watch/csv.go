package watch

import (
	"bytes"
	"encoding/csv"
	"strconv"

	"github.com/pkg/errors"

	"github.com/elman-go/elman/trainers"
)

// CSV writes every number as a row of a table in long form. That form takes names that only some steps
// have, or that come late, as they are:
//
//	step,epoch,seconds,name,value
//	20,0,1.5,loss,2.31
//
// Texts, histograms and curves are left out. As to when and where it writes, it is as JSON.
type CSV struct {
	Path string // of the file; its folders are made
	lines

	row   [5]string
	text  bytes.Buffer
	table *csv.Writer
}

var _ writer = (*CSV)(nil)

// Start implements trainers.Starter.
func (c *CSV) Start(r *trainers.Run) error {
	if err := begins(c, r); err != nil {
		return err
	}
	c.table = csv.NewWriter(&c.text)
	return c.open(r, c.Path, "step,epoch,seconds,name,value\n", func(line []byte) (int, error) {
		field, _, _ := bytes.Cut(line, []byte(","))
		step, err := strconv.Atoi(string(field))
		return step, errors.Wrap(err, "step")
	})
}

// Event implements trainers.Listener.
func (c *CSV) Event(_ *trainers.Run, e trainers.Event) error {
	if err := ready(c); err != nil {
		return err
	}
	v, ok := e.Value.(float64)
	if !ok {
		return nil
	}
	c.row = [5]string{
		strconv.Itoa(e.Step), strconv.Itoa(e.Epoch), strconv.FormatFloat(e.Elapsed.Seconds(), 'f', 3, 64),
		e.Name, strconv.FormatFloat(v, 'g', -1, 64),
	}
	if c.table == nil {
		return errors.New("the file is closed")
	}
	c.text.Reset()
	if err := c.table.Write(c.row[:]); err != nil {
		return errors.WithStack(err)
	}
	c.table.Flush()
	return c.write(c.text.Bytes())
}
