package data

import "testing"

func TestLabelling(t *testing.T) {
	for name, tc := range map[string]struct {
		lengths []int
		labels  [][]int
		each    bool // said to be one a timestep
		want    labelling
		errors  []string
	}{
		"one a sequence":       {[]int{3, 1}, [][]int{{1}, {2}}, false, eachSequence, nil},
		"one a timestep":       {[]int{1, 3}, [][]int{{1}, {2, 3, 4}}, false, eachTimestep, nil},
		"both fit":             {[]int{1, 1}, [][]int{{1}, {2}}, false, eachSequence, nil},
		"said, both fit":       {[]int{1, 1}, [][]int{{1}, {2}}, true, eachTimestep, nil},
		"said, and so":         {[]int{1, 2}, [][]int{{1}, {2, 3}}, true, eachTimestep, nil},
		"said, and not so":     {[]int{1, 3}, [][]int{{1}, {2}}, true, 0, []string{"sequence 1 of 3 timesteps has 1 labels, wanted 3 with PerTimestep"}},
		"sequence, then steps": {[]int{2, 1, 3}, [][]int{{1}, {2}, {3, 4, 5}}, false, 0, []string{"sequence 2 of 3 timesteps has 3 labels", "sequence 0 of 2 timesteps has 1"}},
		"steps, then sequence": {[]int{2, 3}, [][]int{{1, 1}, {2}}, false, 0, []string{"sequence 1 of 3 timesteps has 1 labels", "sequence 0 of 2 timesteps has 2"}},
		"too many":             {[]int{3, 3}, [][]int{{1}, {2, 3}}, false, 0, []string{"sequence 1 of 3 timesteps has 2 labels", "1 or 3"}},
		"none":                 {[]int{3}, [][]int{{}}, false, 0, []string{"sequence 0", "0 labels"}},
		"fewer than sequences": {[]int{3, 3}, [][]int{{1}}, false, 0, []string{"labels for 1", "for 2"}},
		"below -1":             {[]int{2}, [][]int{{0, -2}}, false, 0, []string{"sequence 0: label 1", "-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := newLabelling(tc.lengths, tc.labels, tc.each)
			if tc.errors != nil {
				wantError(t, err, tc.errors...)
			} else if err != nil || got != tc.want {
				t.Errorf("got %d, %v, wanted %d", got, err, tc.want)
			}
		})
	}
}
