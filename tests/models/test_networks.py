"""The networks: padding that changes nothing, statistics of own frames, and layers that learn."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, pad
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.testing import assert_close

from sertools.models.networks import NETWORKS, Convolution, Frames, MeanAndMaximum, Norm, Recurrent

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}

RECURRENT = [
    {"cell": cell, "bidirectional": bidirectional, "pooling": pooling}
    for cell, bidirectional, pooling in product(CELLS, (False, True), ("attention", "last", "mean"))
]

VARIANTS = [
    ("cnn1d", {}),
    ("cnn1d", {"depth": 1}),
    ("cnn2d", {}),
    ("cnn2d", {"depth": 2}),
    ("resnet1d", {}),
    ("resnet1d", {"depth": 1}),
    ("resnet2d", {}),
    ("resnet2d", {"depth": 2}),
    ("alexnet1d", {}),
    *(("rnn", params) for params in RECURRENT),
    *(("crnn", {**params, "depth": 2}) for params in RECURRENT),
]

# Odd and even through several halvings, and down to a single frame.
LENGTHS = [1, 2, 3, 5, 8, 13, 22, 40]


def name_of(variant):
    name, params = variant
    return "-".join([name, *(f"{key}={value}" for key, value in params.items())])


of_all_variants = pytest.mark.parametrize("variant", VARIANTS, ids=name_of)
of_all_networks = pytest.mark.parametrize("name", NETWORKS)


def network(name, n_channels=5, n_classes=4, seed=0, **params):
    torch.manual_seed(seed)
    return NETWORKS[name](n_channels, n_classes, **{"width": 6, **params})


def batch(lengths, n_channels=5):
    """Noise ``(batch, frames, channels)`` that ends in NaN where a clip ends, and the lengths."""
    torch.manual_seed(1)
    X = torch.randn(len(lengths), max(lengths), n_channels)
    n_frames = torch.tensor(lengths)
    is_padding = torch.arange(X.shape[1]) >= n_frames[:, None]
    return X.masked_fill(is_padding[:, :, None], torch.nan), n_frames


def given(name, lengths=(12, 7, 9, 1), n_channels=5):
    """What a network takes: a ragged batch, or for the MLP as many rows."""
    X, n_frames = batch(list(lengths), n_channels)
    return (X[:, 0],) if name == "mlp" else (X, n_frames)


def weights_of(net):
    return {key: value.clone() for key, value in net.state_dict().items()}


def trained_once(net, *inputs):
    """Logits of a forward pass in training, gradients of their squares, and the statistics."""
    torch.manual_seed(2)
    logits = net.train()(*inputs)
    net.zero_grad()
    logits.square().sum().backward()
    gradients = {name: weight.grad for name, weight in net.named_parameters()}
    return logits.detach(), gradients, weights_of(net)


@of_all_variants
def test_a_clip_alone_gets_the_answer_that_it_gets_beside_longer_ones(variant):
    name, params = variant
    net = network(name, **params)
    X, n_frames = batch(LENGTHS)
    net.train()(X, n_frames)  # so that no statistic is what it starts from
    net.eval()
    alone = [net(X[[i], :length], n_frames[[i]]) for i, length in enumerate(LENGTHS)]
    assert_close(net(X, n_frames), torch.cat(alone), atol=1e-5, rtol=0)


@of_all_variants
@pytest.mark.parametrize("lengths", [[12, 12, 12], [12, 7, 1]], ids=["equal", "ragged"])
def test_more_padding_changes_nothing_in_training(variant, lengths):
    name, params = variant
    X, n_frames = batch(lengths)
    longer = pad(X, (0, 0, 0, 5), value=torch.nan)
    expected = trained_once(network(name, dropout=0.0, **params), X, n_frames)
    found = trained_once(network(name, dropout=0.0, **params), longer, n_frames)
    assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("name", "n_frames"), [("resnet1d", 6000), ("resnet2d", 800)])
def test_few_maps_over_many_frames(name, n_frames):
    _, gradients, _ = trained_once(network(name, 64, width=8), *batch([n_frames] * 4, 64))
    assert all(gradient.isfinite().all() for gradient in gradients.values())


def plain_block(n_in, n_out, size, stride=1, *, pool=True, in_2d=False):
    """What one would write for clips of one length."""
    convolution, norm, maximum = (
        (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d)
        if in_2d
        else (nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d)
    )
    layers = [convolution(n_in, n_out, size, stride, size // 2, bias=False), norm(n_out), nn.ReLU()]
    return nn.Sequential(*layers, *[maximum(2, ceil_mode=True)] * pool)


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("cnn1d", [plain_block(5, 6, 5), plain_block(6, 12, 5), plain_block(12, 24, 5)]),
        (
            "cnn2d",
            [
                plain_block(1, 6, 3, stride=2, pool=False, in_2d=True),
                plain_block(6, 12, 3, in_2d=True),
                plain_block(12, 24, 3, in_2d=True),
                plain_block(24, 48, 3, in_2d=True),
            ],
        ),
        (
            "alexnet1d",
            [
                plain_block(5, 6, 11, stride=4),
                plain_block(6, 18, 5),
                plain_block(18, 36, 3, pool=False),
                plain_block(36, 24, 3, pool=False),
                plain_block(24, 24, 3),
            ],
        ),
    ],
)
def test_blocks_are_those_of_the_textbook(name, blocks):
    net, plain = network(name), nn.Sequential(*blocks)
    for theirs, ours in zip(plain.parameters(), net.blocks.parameters(), strict=True):
        theirs.data = ours.data.reshape(theirs.shape)
    X, n_frames = batch([41, 41, 41])
    maps = []
    net.summary.register_forward_pre_hook(lambda layer, inputs: maps.append(inputs[0]))
    net(X, n_frames)
    expected = plain(X[:, None] if name == "cnn2d" else X.transpose(1, 2))
    assert_close(maps[0].movedim(3, 1).reshape(expected.shape), expected)


@pytest.mark.parametrize("in_2d", [False, True])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_convolution_is_normalised_over_own_frames(in_2d, stride):
    torch.manual_seed(0)
    layer = Convolution(3, 4, 5, in_2d=in_2d, stride=stride)
    plain = nn.Conv2d(3, 4, (5, 5 if in_2d else 1), (stride, stride if in_2d else 1), bias=False)
    plain.weight = nn.Parameter(layer.convolution.weight.detach().clone())
    lengths = [11, 6, 1]
    x = torch.randn(3, 11, 6, 3)
    for clip, length in zip(x, lengths, strict=True):
        clip[length:] = 0
    found, frames = layer(x, Frames.of(torch.tensor(lengths), 11))
    of_clips = [
        plain(pad(clip[:length].movedim(2, 0), (2, 2, 2, 2) if in_2d else (0, 0, 2, 2))[None])
        for clip, length in zip(x, lengths, strict=True)
    ]
    rows = torch.cat([maps[0].movedim(0, 2).reshape(-1, 4) for maps in of_clips])
    expected = (rows - rows.mean(0)) / (rows.var(0, correction=0) + 1e-5).sqrt()
    assert frames.n_frames.tolist() == [-(-length // stride) for length in lengths]
    assert_close(found[frames.is_own].reshape(-1, 4), expected, atol=1e-5, rtol=1e-5)
    assert not found[~frames.is_own].any()
    assert_close(layer.norm.running_mean, 0.2 * rows.mean(0))
    assert_close(layer.norm.running_var, 0.8 + 0.2 * rows.var(0))
    found.pow(3).sum().backward()
    expected.pow(3).sum().backward()
    assert_close(layer.convolution.weight.grad, plain.weight.grad, atol=1e-4, rtol=1e-4)


def test_running_statistics_are_of_use_after_twenty_batches():
    norm = Norm(3)
    rows = 5 + 3 * batch([50], 3)[0][0]
    for _ in range(20):
        expected = norm(rows)
    assert_close(norm.eval()(rows), expected, atol=0.05, rtol=0)


@pytest.mark.parametrize("params", RECURRENT, ids=lambda params: name_of(("", params)))
def test_recurrent_layers_are_those_of_torch_on_packed_sequences(params):
    torch.manual_seed(0)
    ours = Recurrent(3, 4, 2, 0.0, **params)
    theirs = CELLS[params["cell"]](3, 4, 2, batch_first=True, bidirectional=params["bidirectional"])
    for suffix, ways in {"": ours.forwards, "_reverse": ours.backwards}.items():
        for level, layer in enumerate(ways):
            for key, weight in layer.state_dict().items():
                theirs.load_state_dict(
                    {f"{key.removesuffix('0')}{level}{suffix}": weight}, strict=False
                )
    X, n_frames = batch([7, 4, 1], 3)
    packed = pack_padded_sequence(X, n_frames, batch_first=True)
    states, ends = theirs(packed)
    states, _ = pad_packed_sequence(states, batch_first=True)
    if params["pooling"] == "last":
        ends = ends[0] if params["cell"] == "lstm" else ends
        expected = ends[-2:].movedim(0, 1).flatten(1) if params["bidirectional"] else ends[-1]
    elif params["pooling"] == "mean":
        expected = states.sum(1) / n_frames[:, None]
    else:
        shares = [ours.score(clip[:n]).softmax(0) for clip, n in zip(states, n_frames, strict=True)]
        clips = zip(shares, states, n_frames, strict=True)
        expected = torch.stack([(share * clip[:n]).sum(0) for share, clip, n in clips])
    found = ours(X.nan_to_num()[:, :, None], Frames.of(n_frames, 7))
    assert_close(found, expected)


def test_means_and_maxima_are_of_own_frames():
    maps = torch.tensor([[[1.0], [3.0], [2.0]], [[4.0], [0.0], [0.0]]])[:, :, None]
    frames = Frames.of(torch.tensor([3, 1]), 3)
    assert MeanAndMaximum()(maps, frames).tolist() == [[2, 3], [4, 4]]


@of_all_networks
def test_gradients_reach_every_weight(name):
    _, gradients, _ = trained_once(network(name), *given(name, [40, 27, 33, 9]))
    assert all(gradient.abs().sum() > 0 for gradient in gradients.values())


@of_all_networks
def test_one_frame_of_one_channel_of_one_clip(name):
    net = network(name, n_channels=1)
    inputs = given(name, [1], n_channels=1)
    logits, gradients, state = trained_once(net, *inputs)
    assert logits.shape == (1, 4)
    for found in (logits, *gradients.values(), *state.values(), net.eval()(*inputs)):
        assert found.isfinite().all()


@of_all_networks
def test_a_handful_of_clips_is_learnt_by_heart(name):
    net = network(name, n_classes=3, width=16, dropout=0.0)
    inputs = given(name, [10, 40, 17, 23, 31, 12, 36, 28])
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 2, 1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        cross_entropy(net(*inputs), labels).backward()
        optimizer.step()
    assert net.eval()(*inputs).argmax(1).tolist() == labels.tolist()


@of_all_networks
def test_the_seed_decides(name):
    inputs = given(name)

    def outcome(seed):
        return network(name, seed=seed).eval()(*inputs)

    assert torch.equal(outcome(3), outcome(3))
    assert not torch.equal(outcome(3), outcome(4))


@of_all_networks
def test_a_state_is_all_there_is_to_know(name):
    inputs = given(name)
    trained = network(name, seed=3)
    trained_once(trained, *inputs)
    other = network(name, seed=4)
    other.load_state_dict(weights_of(trained))
    assert torch.equal(other.eval()(*inputs), trained.eval()(*inputs))


@of_all_networks
def test_width_and_depth_add_weights(name):
    def n_weights(**size):
        return sum(weights.numel() for weights in network(name, **size).parameters())

    assert n_weights(width=3) < n_weights(width=4)
    if name != "alexnet1d":  # whose depth is its own
        assert n_weights(depth=2) < n_weights(depth=3)


@of_all_networks
def test_dropout_acts_in_training_only(name):
    net, inputs = network(name, dropout=0.5), given(name)
    assert torch.equal(net.eval()(*inputs), net(*inputs))
    net.train()
    assert not torch.equal(net(*inputs), net(*inputs))
    exact = network(name, dropout=0.0)
    assert torch.equal(exact(*inputs), exact(*inputs))


@pytest.mark.parametrize("depth", [1, 2])
def test_dropout_acts_between_recurrent_layers(depth):
    net = network("rnn", depth=depth, dropout=0.5).summary
    X, n_frames = given("rnn", [9, 9])
    frames = Frames.of(n_frames, 9)
    assert torch.equal(net(X[:, :, None], frames), net(X[:, :, None], frames)) == (depth == 1)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name not in ("mlp", "rnn")])
def test_a_frame_sees_what_the_receptive_field_says(name):
    net = network(name, n_channels=1, width=2).eval()
    n = 2 * net.receptive_field
    # In clip i frame i is not a number, and then no frame that sees it is.
    X = torch.zeros(n, n, 1)
    X[range(n), range(n)] = torch.nan
    maps = []
    *_, last = (layer for layer in net.modules() if is_on_the_way(layer))
    last.register_forward_hook(lambda layer, given, found: maps.append(found))
    net(X, torch.full((n,), n))
    middle = maps[0].shape[2] // 2
    assert maps[0][:, 0, middle, 0].isnan().sum() == net.receptive_field


def is_on_the_way(layer):
    """Whether a layer is a convolution, and no projection that lies beside others."""
    return isinstance(layer, nn.Conv2d) and layer.kernel_size[0] > 1


def test_recurrent_layers_see_one_frame_at_a_time():
    assert network("rnn").receptive_field == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cell": "lstmm"}, "cell='lstmm': it is one of gru, lstm, rnn."),
        ({"pooling": "max"}, "pooling='max': it is one of attention, last, mean."),
    ],
)
def test_unknown_names_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        network("rnn", **params)


def test_other_channels_are_refused():
    with pytest.raises(ValueError, match="X has 3 channels, and the network is built for 5"):
        network("cnn2d")(*given("cnn2d", n_channels=3))
