// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/permission_list.h>

#include <base/text.h>

#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

/// More rows than this are folded, to the first few.
constexpr qsizetype kRowsUnfolded = 8;
constexpr qsizetype kRowsOfFold = 4;
constexpr int kLeastRows = 3;
constexpr int kRowSpace = 4;

QString effectSpoken(ScopeEffect effect)
{
    switch (effect) {
    case ScopeEffect::Reads:
        return PermissionList::tr("reads data");
    case ScopeEffect::Changes:
        return PermissionList::tr("changes data");
    case ScopeEffect::Deletes:
        return PermissionList::tr("deletes data");
    }
    return {};
}

int markColumnWidth()
{
    int width = 0;
    for (const auto effect : {ScopeEffect::Reads, ScopeEffect::Changes, ScopeEffect::Deletes})
        width = std::max(width, EffectMark(effect).sizeHint().width());
    return width;
}

} // namespace

PermissionList::PermissionList(QWidget *parent)
    : Box(parent, Ground::Base), m_scroll(new QScrollArea(this))
{
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->viewport()->setAutoFillBackground(false);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->addWidget(m_scroll);
}

void PermissionList::set(const QList<ScopeLine> &asked, const QList<ScopeLine> &allowed,
                         Ticked ticked)
{
    m_boxes.clear();
    m_scopes.clear();
    m_content = new QWidget;
    m_content->setAutoFillBackground(false);
    auto *layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(kSpaceMedium, kSpaceMedium, kSpaceMedium, kSpaceMedium);
    layout->setSpacing(kRowSpace);

    if (asked.isEmpty() && allowed.isEmpty())
        addConnectOnly();
    addGroups(asked, allowed.isEmpty() ? u"%1"_s : tr("New: %1"),
              allowed.isEmpty() ? Tone::Text : Tone::Calm, ticked);
    if (asked.size() > kRowsUnfolded)
        foldRows(asked);
    if (!allowed.isEmpty())
        addAllowed(allowed);
    layout->addStretch();
    // Complete, so that all of it is shown at once and can be measured. Deletes the one before.
    m_scroll->setWidget(m_content);
    m_content->setAutoFillBackground(false);
    Q_EMIT tickedChanged();
}

QStringList PermissionList::ticked() const
{
    QStringList names;
    for (qsizetype i = 0; i < m_boxes.size(); ++i) {
        if (m_boxes.at(i)->isChecked())
            names.append(m_scopes.at(i));
    }
    return names;
}

bool PermissionList::nothingChosen() const
{
    return !m_boxes.isEmpty() && ticked().isEmpty();
}

int PermissionList::fullHeight(int width) const
{
    return m_content ? m_content->layout()->totalHeightForWidth(width - 2) + 2 : 0;
}

int PermissionList::leastHeight() const
{
    return (kLeastRows + 1) * (kTargetHeight + kRowSpace) + kSpaceMedium;
}

void PermissionList::addGroups(const QList<ScopeLine> &asked, const QString &heading, Tone tone,
                               Ticked ticked)
{
    QStringList apis;
    for (const auto &line : asked) {
        if (!apis.contains(line.api))
            apis.append(line.api);
    }
    for (const auto &api : apis) {
        if (m_content->layout()->count() > 0)
            add(new Separator(nullptr, kSpaceTiny));
        addHeading(heading.arg(shownText(api, kShownTextLength)), tone);
        for (const auto &line : asked) {
            if (line.api == api)
                addRow(line, ticked);
        }
    }
}

void PermissionList::addRow(const ScopeLine &line, Ticked ticked)
{
    auto *row = new QWidget(m_content);
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins({});
    layout->setSpacing(kSpaceMedium);
    auto *box = new WrappingCheckBox(row);
    box->setObjectName(u"permission:"_s + line.scope);
    box->setWords(shownText(line.words));
    box->setAccessibleName(
        tr("%1, %2, %3")
            .arg(shownText(line.words), shownText(line.api), effectSpoken(line.effect)));
    box->setChecked(ticked == Ticked::All || line.effect == ScopeEffect::Reads);
    connect(box, &QCheckBox::toggled, this, &PermissionList::tickedChanged);
    layout->addWidget(box, 1);
    auto *place = new QWidget(row);
    place->setFixedSize(markColumnWidth(), std::max(box->fontMetrics().height(), kTargetHeight));
    auto *placeLayout = new QHBoxLayout(place);
    placeLayout->setContentsMargins({});
    placeLayout->addWidget(new EffectMark(line.effect, place), 0,
                           Qt::AlignLeading | Qt::AlignVCenter);
    layout->addWidget(place, 0, Qt::AlignTop);
    add(row);
    m_boxes.append(box);
    m_scopes.append(line.scope);
}

void PermissionList::addAllowed(const QList<ScopeLine> &allowed)
{
    if (m_content->layout()->count() > 0)
        add(new Separator(nullptr, kSpaceTiny));
    addHeading(tr("Already allowed"), Tone::Text);
    for (const auto &line : allowed)
        addLine(Symbol::Check, Tone::Second, shownText(line.words));
}

void PermissionList::addConnectOnly()
{
    addHeading(tr("It may"), Tone::Text);
    addLine(Symbol::Check, Tone::Good,
            tr("Connect to Gatehouse and ask for access. You will answer that request "
               "separately."));
    add(new Separator(nullptr, kSpaceTiny));
    addHeading(tr("It may not yet"), Tone::Text);
    addLine(Symbol::Forbidden, Tone::Second, tr("Read or change anything of yours"));
}

void PermissionList::addHeading(const QString &text, Tone tone)
{
    auto *label = new TextLabel(m_content, tone, TextSize::Body, QFont::Bold);
    label->setText(text);
    add(label);
}

void PermissionList::addLine(Symbol symbol, Tone tone, const QString &text)
{
    auto *line = new SymbolLine(m_content);
    line->set(symbol, tone, text);
    line->label()->setTone(Tone::Text);
    add(line);
}

// The folded rows are part of what is asked for: the link says how many of them change data.
void PermissionList::foldRows(const QList<ScopeLine> &asked)
{
    QList<QWidget *> folded;
    int changing = 0;
    auto *layout = m_content->layout();
    qsizetype rows = 0;
    for (int i = 0; i < layout->count(); ++i) {
        auto *widget = layout->itemAt(i)->widget();
        if (rows >= kRowsOfFold)
            folded.append(widget);
        if (widget->findChild<WrappingCheckBox *>())
            ++rows;
    }
    for (qsizetype i = kRowsOfFold; i < m_scopes.size(); ++i) {
        const auto line = std::find_if(asked.begin(), asked.end(), [&](const ScopeLine &each) {
            return each.scope == m_scopes.at(i);
        });
        if (line->effect != ScopeEffect::Reads)
            ++changing;
    }
    for (auto *widget : folded)
        widget->hide();
    auto *link = new LinkButton(m_content);
    link->setObjectName(u"morePermissions"_s);
    link->setText(changing == 0 ? tr("Show %1 more permissions").arg(m_scopes.size() - kRowsOfFold)
                      : changing == 1 ? tr("Show %1 more permissions, 1 of them changes data")
                                            .arg(m_scopes.size() - kRowsOfFold)
                                      : tr("Show %1 more permissions, %2 of them change data")
                                            .arg(m_scopes.size() - kRowsOfFold)
                                            .arg(changing));
    add(link);
    connect(link, &LinkButton::clicked, this, [this, link, folded] {
        for (auto *widget : folded)
            widget->show();
        m_boxes.at(kRowsOfFold)->setFocus();
        link->hide();
        Q_EMIT grown();
    });
}

void PermissionList::add(QWidget *widget)
{
    widget->setParent(m_content);
    m_content->layout()->addWidget(widget);
}

} // namespace gatehouse::ui
