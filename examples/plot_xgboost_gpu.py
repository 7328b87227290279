"""XGBoost on a GPU, and when to stop it
========================================

``device="auto"`` works on a GPU where one can be used, and on the CPU elsewhere: the same lines run
on both. How many trees to grow is asked of clips that are held out, and it matters whose they are.
"""

# %%
# An extractor and a classifier both take a device. The table goes from one to the other as NumPy;
# :doc:`/gpu` shows how it stays on the GPU.

import matplotlib.pyplot as plt

from sertools import AcousticExtractor, XGBoostClassifier, gpu_status, make_corpus

print(gpu_status())
corpus = make_corpus(n_speakers=12, n_per_speaker=18)
table = AcousticExtractor("gemaps", device="auto").fit_transform(corpus.X)

# %%
# With ``groups``, whole voices are held out. Without, clips are, and the trees know their voices.

trained = {}
for title, groups in (("clips", None), ("voices", corpus.groups)):
    model = XGBoostClassifier(
        early_stopping_rounds=200,
        validation_fraction=0.25,
        device="auto",
        random_state=0,
    )
    trained[title] = model.fit(table, corpus.y, groups=groups)

# %%
# Held-out clips get better for as long as the trees learn voices. Held-out voices say when there is
# nothing more to learn, at the dots, and how good the model is.

_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for (title, model), color in zip(trained.items(), ("#009e73", "#d55e00"), strict=True):
    loss = model.evals_result_["validation"]["mlogloss"]
    best = model.n_estimators_ - 1
    ax.plot(loss, color=color, label=f"{title} held out")
    ax.plot(best, loss[best], "o", color=color)
ax.plot(model.evals_result_["train"]["mlogloss"], color="#0072b2", label="training")
ax.set(xlabel="trees of each class", ylabel="cross-entropy", ylim=(0, None))
ax.legend(frameon=False)
plt.show()
