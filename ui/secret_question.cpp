// SPDX-License-Identifier: GPL-3.0-or-later
#include <ui/secret_question.h>

#include <base/crypto.h>
#include <base/text.h>
#include <service/client_secret.h>
#include <ui/look_widgets.h>
#include <ui/question.h>
#include <ui/request_words.h>

#include <QDialogButtonBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace gatehouse::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal kWidth = 32; // em

} // namespace

SecretQuestion::SecretQuestion()
    : m_label(new TextLabel), m_edit(new QLineEdit),
      m_problem(new TextLabel(nullptr, Tone::Danger)), m_store(new QPushButton(tr("Store")))
{
    setObjectName(u"secretQuestion"_s);
    setWindowTitle(tr("Client secret"));
    setWindowFlag(Qt::Dialog);
    setWindowFlag(Qt::WindowStaysOnTopHint);
    m_label->setObjectName(u"secretText"_s);
    m_label->setFixedWidth(em(kWidth));
    m_edit->setObjectName(u"secretEdit"_s);
    m_edit->setAccessibleName(tr("Client secret"));
    m_edit->setEchoMode(QLineEdit::Password);
    m_edit->setMaxLength(int(kLongestClientSecret));
    m_edit->setMinimumHeight(kControlHeight);
    m_problem->setObjectName(u"secretProblem"_s);
    m_problem->setFixedWidth(em(kWidth));

    auto *buttons = new QDialogButtonBox;
    auto *cancel = new QPushButton(tr("Cancel"));
    m_store->setObjectName(u"secretStore"_s);
    cancel->setObjectName(u"secretCancel"_s);
    for (auto *button : {m_store, cancel}) {
        button->setMinimumHeight(kControlHeight);
        button->setAutoDefault(false);
    }
    buttons->addButton(m_store, QDialogButtonBox::AcceptRole);
    buttons->addButton(cancel, QDialogButtonBox::RejectRole);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(kSpaceWide, kSpaceWide, kSpaceWide, kSpaceLarge);
    column->setSpacing(kSpaceMedium);
    column->setSizeConstraint(QLayout::SetFixedSize);
    column->addWidget(m_label);
    column->addWidget(m_edit);
    column->addWidget(m_problem);
    column->addWidget(buttons);

    connect(m_store, &QPushButton::clicked, this, &SecretQuestion::store);
    connect(m_edit, &QLineEdit::returnPressed, this, &SecretQuestion::store);
    connect(m_edit, &QLineEdit::textEdited, m_problem, &QWidget::hide);
    connect(cancel, &QPushButton::clicked, this, &QWidget::close);
}

void SecretQuestion::ask(const QString &host)
{
    m_label->setWords(tr("Paste the client secret that %1 shows for this application. It goes into "
                         "the keychain and is used at once.")
                          .arg(isolated(shownText(host))));
    m_problem->hide();
    m_edit->setFocus();
    bringForward(*this);
}

void SecretQuestion::store()
{
    auto typed = m_edit->text().trimmed().toUtf8();
    const auto secret = checkClientSecret(typed);
    wipe(typed);
    if (!secret) {
        m_problem->setWords(secret.error().forPerson());
        m_problem->show();
        return;
    }
    close();
    Q_EMIT entered(*secret);
}

void SecretQuestion::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape)
        close();
    else
        QWidget::keyPressEvent(event);
}

void SecretQuestion::hideEvent(QHideEvent *event)
{
    m_edit->clear();
    QWidget::hideEvent(event);
}

} // namespace gatehouse::ui
