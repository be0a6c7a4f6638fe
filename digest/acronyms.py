"""Pure: acronyms that readers know, and words that name nothing though they stand in Latin letters."""

from __future__ import annotations

from collections.abc import Mapping

_KNOWN = """
LLM: language model; LM: language model; SLM: language model
VLM: vision language, visual language, multimodal; MLLM: multimodal; LVLM: vision language
PLM: language model; AGI: general intelligence; AI: intelligence; ML: machine learn; DL: deep learn
RL: reinforcement learn; IL: imitation learn; FL: federated; TL: transfer learn; RLHF: human feedback
SFT: supervised fine, instruction tun; PEFT: parameter efficient; ICL: in context
NLP: natural language, language processing; NLU: natural language; NLG: natural language
NLI: inference, entail; CV: computer vision, cross valid; MT: translat; NMT: translat; SMT: translat
QA: question answer, question; VQA: visual question; RC: reading comprehension
MRC: reading comprehension; IE: information extraction; IR: information retrieval, retriev
NER: named entit; POS: part of speech, parts of speech; RE: relation extract; EL: entity link
KG: knowledge graph; KB: knowledge base; KD: distill; GT: ground truth; DA: data augment
ASR: speech recogni; TTS: text to speech, speech synthes; OCR: character recogni; T2I: text to image
STT: speech; CNN: convolution, convnet; RNN: recurrent; DNN: deep neural, neural network
NN: neural net, nearest neighb; ANN: neural net, nearest neighb; KNN: nearest neighb; GNN: graph neural
GCN: graph convolution; GAT: graph attention; GAN: adversarial net, generative adversarial
VAE: variational auto; AE: autoencod, auto encod; MLP: perceptron; FFN: feed forward, feedforward
VIT: vision transformer; MOE: mixture of expert, experts; SSM: state space; SVM: support vector
LR: learning rate, logistic regress; RF: random forest; CRF: random field; HMM: hidden markov
SGD: gradient descent; MSE: squared error, square error; RMSE: mean square
MAE: absolute error, masked auto; KL: kullback; CE: cross entropy; CI: confidence interval, confidence
SD: standard deviation, diffusion; SE: standard error; AUC: area under, roc; ROC: receiver operating
AUROC: area under; IOU: intersection over, jaccard; MAP: mean average
EM: exact match, exact-match, expectation max; F1: f score, f measure, f 1; WER: word error
CER: character error; MOS: mean opinion, opinion score; SNR: signal to noise; PPL: perplexity
SOTA: state of the art; OOD: out of dist; COT: chain of thought; TOT: tree of thought
RAG: retrieval aug, retriev; BPE: byte pair; OOV: out of vocab; EEG: electroenceph; ECG: electrocardio
EMG: electromyo; MRI: magnetic resonance; FMRI: magnetic resonance; CT: tomograph; EHR: health record
EMR: medical record; ICU: intensive care; PTSD: traumatic stress; ADHD: attention deficit
3D: three dimension, 3 d, volumetric; 2D: two dimension, 2 d, planar; 1D: one dimension
4D: four dimension; GPU: graphics, a100, h100, v100, a6000, nvidia, rtx; CPU: processor
TPU: tensor processing; OS: operating system; DB: database; UI: interface; GUI: graphical
UX: user experience; API: programming interface; IDE: development env
SNS: social media, social network, twitter, reddit, facebook; VR: virtual reality
AR: augmented reality, autoregress; IOT: internet of things; PHD: doctoral, doctorate
CO2: carbon dioxide, carbon; US: united states, american; USA: united states
UK: united kingdom, british, britain; EU: european; UN: united nations; GPS: positioning; IMU: inertial
HPC: high performance comp; TF: term freq; IDF: inverse document; LDA: dirichlet, discriminant
PCA: principal comp; ODE: differential eq; PDE: differential eq
"""

_PLAIN = """
ai it pc web ok ng tv id url pdf vs versus etc et al eg ie cf aka yes no am pm q qa faq n k x
fig figure table section sec appendix eq equation algorithm chapter vol ver version p pp step
accuracy precision recall score loss top zero one two few many shot token tokens epoch batch layer
train training test dev validation log exp max min sin cos tan argmax argmin mod
"""
_AFFIXES = """
based base like style type level wise free aware only non pre post multi self cross sub semi anti
inter intra re un co bi tri mono meta auto large small mini tuned trained driven specific
"""
_COUNTED = "top pass hits hit recall precision ndcg map p r f k v version ver step fold page fig"
_UNITS = """
k m b t g x e bit bits byte bytes kb mb gb tb pb kib mib gib ms ns us s sec min h hr hz khz mhz ghz w kw
mw kwh wh v mv a ma mm cm km nm um kg mg ug l ml db fps dpi px pt rpm bpm ppm c f j kj ev mev gev pa
kpa mol usd jpy eur gbp flops gflops tflops pflops flop st nd rd th
"""
_CALENDAR = """
january february march april may june july august september october november december monday tuesday
wednesday thursday friday saturday sunday i
"""


def _table() -> dict[str, tuple[str, ...]]:
    entries = (entry.split(":", 1) for line in _KNOWN.strip().splitlines() for entry in line.split("; "))
    return {name.strip().casefold(): tuple(way.strip() for way in ways.split(",")) for name, ways in entries}


ACRONYMS: Mapping[str, tuple[str, ...]] = _table()
"""Acronyms in lower case, each with how a text may begin to say what it stands for."""

PLAIN = frozenset(_PLAIN.split())
"""What is written in Latin letters in any language without naming anything."""

AFFIXES = frozenset(_AFFIXES.split())
"""Parts of compounds that name nothing by themselves."""

COUNTED = frozenset(_COUNTED.split())
"""Words after which a number is a setting, and no part of a name."""

UNITS = frozenset(_UNITS.split())

SCALES = {"k": "thousand", "m": "million", "b": "billion", "t": "trillion"}

CALENDAR = frozenset(_CALENDAR.split())
"""Words that English writes with a capital though they name nobody's thing."""
