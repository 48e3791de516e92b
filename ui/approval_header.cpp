// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/approval_header.h>

#include <ui/look_widgets.h>

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

ApprovalHeader::ApprovalHeader(QWidget *parent)
    : QWidget(parent), m_tile(new Tile(this)),
      m_headline(new TextLabel(this, Tone::Text, TextSize::Headline, QFont::Bold)),
      m_claim(new SymbolLine(this))
{
    m_headline->setObjectName(u"headline"_s);
    m_claim->label()->setObjectName(u"claim"_s);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(kSpaceWide, kSpaceWide, kSpaceWide, kSpaceMedium);
    layout->setSpacing(kSpaceMedium);
    layout->addWidget(m_tile, 0, Qt::AlignTop);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addStretch();
    words->addWidget(m_headline);
    words->addWidget(m_claim);
    words->addStretch();
    layout->addLayout(words, 1);
}

void ApprovalHeader::set(const RequestWords &words)
{
    m_tile->set(words.tile, words.tileTone);
    m_headline->setTone(Tone::Text);
    m_headline->setWords(words.headline);
    m_claim->set(words.claim.symbol, words.claim.tone, words.claim.text,
                 words.claim.tone == Tone::Second ? QFont::Normal : QFont::DemiBold);
}

void ApprovalHeader::setEnded(const QString &clientName, Symbol symbol, const QString &sentence)
{
    m_tile->set(initials(clientName), Tone::Second);
    m_headline->setTone(Tone::Second);
    m_claim->set(symbol, Tone::Text, sentence, QFont::Bold);
}

} // namespace gatehouse::ui
