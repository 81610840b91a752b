package losses_test

import (
	"encoding/json"
	"fmt"
	"testing"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/elman-go/elman/graph"
	"github.com/elman-go/elman/graph/graphtest"
	"github.com/elman-go/elman/losses"
)

// goldenCase is a case of testdata/losses.json, which PyTorch made. Fields that a loss does not use are
// empty.
type goldenCase struct {
	Loss           string
	Logits         graphtest.Tensor
	Prediction     graphtest.Tensor
	Mean           graphtest.Tensor
	Variance       graphtest.Tensor
	Target         json.RawMessage // classes, or a tensor
	LabelSmoothing float64         `json:"label_smoothing"`
	IgnoreIndex    int             `json:"ignore_index"`
	Delta          float64         // null where it is 1
	Quantile       float64

	Value        float64
	Grad         graphtest.Tensor
	GradMean     graphtest.Tensor `json:"grad_mean"`
	GradVariance graphtest.Tensor `json:"grad_variance"`
}

// target reads a target of numbers.
func (c goldenCase) target(t *testing.T) *tensor.Dense {
	var target graphtest.Tensor
	if err := json.Unmarshal(c.Target, &target); err != nil {
		t.Fatal(err)
	}
	return target.Dense()
}

// classes reads a target of classes. PyTorch ignores one of them; here negative ones do not count.
func (c goldenCase) classes(t *testing.T) *tensor.Dense {
	var classes []int
	if err := json.Unmarshal(c.Target, &classes); err != nil {
		t.Fatal(err)
	}
	for i, k := range classes {
		if k == c.IgnoreIndex {
			classes[i] = -1
		}
	}
	return dense(classes, len(classes))
}

func TestGolden(t *testing.T) {
	skipped := 0
	for i, c := range graphtest.Golden[goldenCase](t, "losses") {
		if c.Loss == "ctc_sum" { // not offered yet
			skipped++
			continue
		}
		t.Run(fmt.Sprint(i, " ", c.Loss), func(t *testing.T) {
			predicted := c.Prediction
			grads := map[string]graphtest.Tensor{"prediction": c.Grad}
			var target *tensor.Dense
			var declare func(s *graph.Scope, prediction, target *G.Node) *G.Node
			switch c.Loss {
			case "cross_entropy":
				predicted, target = c.Logits, c.classes(t)
				declare = func(s *graph.Scope, logits, target *G.Node) *G.Node {
					return losses.CrossEntropy(s, logits, target, losses.CrossEntropyOptions{Smoothing: c.LabelSmoothing})
				}
			case "bce_with_logits":
				predicted, target = c.Logits, c.target(t)
				declare = func(s *graph.Scope, logits, target *G.Node) *G.Node {
					return losses.BinaryCrossEntropy(s, logits, target, losses.Options{})
				}
			case "mse":
				target = c.target(t)
				declare = func(s *graph.Scope, prediction, target *G.Node) *G.Node {
					return losses.MSE(s, prediction, target, losses.Options{})
				}
			case "mae":
				target = c.target(t)
				declare = func(s *graph.Scope, prediction, target *G.Node) *G.Node {
					return losses.MAE(s, prediction, target, losses.Options{})
				}
			case "huber":
				target = c.target(t)
				declare = func(s *graph.Scope, prediction, target *G.Node) *G.Node {
					return losses.Huber(s, prediction, target, losses.HuberOptions{Delta: c.Delta})
				}
			case "smooth_l1":
				target = c.target(t)
				declare = func(s *graph.Scope, prediction, target *G.Node) *G.Node {
					return losses.SmoothL1(s, prediction, target, losses.SmoothL1Options{Beta: c.Delta})
				}
			case "quantile":
				target = c.target(t)
				declare = func(s *graph.Scope, prediction, target *G.Node) *G.Node {
					return losses.Quantile(s, s.ExpandDims(prediction, target.Dims()), target, losses.QuantileOptions{Levels: []float64{c.Quantile}})
				}
			case "gaussian_nll_full":
				predicted, target = c.Mean, c.target(t)
				grads = map[string]graphtest.Tensor{"prediction": c.GradMean, "variance": c.GradVariance}
				declare = func(s *graph.Scope, mean, target *G.Node) *G.Node {
					variance := s.Param("variance", given(c.Variance.Data...), c.Variance.Shape...)
					return losses.GaussianNLL(s, mean, variance, target, losses.GaussianNLLOptions{})
				}
			default:
				t.Fatalf("no loss %q here", c.Loss)
			}
			feed := graph.Feed{"target": target}
			session := graphtest.Run(t, graph.NewStore(1, tensor.Float64), func(s *graph.Scope) *G.Node {
				prediction := s.Param("prediction", given(predicted.Data...), predicted.Shape...)
				target, _ := inputs(s, feed)
				return declare(s, prediction, target)
			}, feed)
			graphtest.Equal(t, "value", session.Cost(), c.Value, 1e-9)
			got := graphtest.Gradients(session)
			for path, want := range grads {
				graphtest.Equal(t, "gradient of "+path, got[path], want.Dense(), 1e-8)
			}
		})
	}
	t.Logf("%d cases of ctc_sum skipped", skipped)
}
